package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// taken is a version of a document that was taken in.
type taken struct {
	ID      string
	Version int64
}

// shownPage is a page of which blocks are shown.
type shownPage struct {
	taken
	page int64
}

// block is a part of a page's text: where it begins, in bytes, and what it says.
type block struct {
	Start int64
	Text  string
}

type page struct {
	Document            string
	Version             int64
	Page, Pages, Blocks int64
	Shown               []struct {
		Index       int64
		Block, Salt []byte
		Path        []tlog.Hash
	}
	Path []tlog.Hash
}

// checkPage checks the blocks of a page against what was recorded when its document was taken in.
func checkPage(name string, content []byte, roots map[string]taken, pages map[shownPage][]block) {
	var p page
	err := json.Unmarshal(content, &p)
	check(name == fmt.Sprintf("pages/%s-%d/%d.json", p.Document, p.Version, p.Page) && len(p.Shown) > 0, err, "%s is no page", name)
	var root tlog.Hash
	of := taken{p.Document, p.Version}
	for i, shown := range p.Shown {
		above, fits := rootOf(shown.Index, p.Blocks, tlog.RecordHash(bytes.Join([][]byte{shown.Salt, shown.Block}, nil)), shown.Path)
		check(fits && len(shown.Salt) == 32 && (i == 0 || above == root), nil, "block %d of %s is not of this page", shown.Index, name)
		root = above
		var text block
		check(true, json.Unmarshal(shown.Block, &text), "block %d of %s cannot be read", shown.Index, name)
		pages[shownPage{of, p.Page}] = append(pages[shownPage{of, p.Page}], text)
	}
	top, fits := rootOf(p.Page-1, p.Pages, tlog.RecordHash(root[:]), p.Path)
	check(fits && roots[hex.EncodeToString(top[:])] == of, nil, "%s shows what was not taken in", name)
	fmt.Printf("%d blocks of page %d of document %s are those that were taken in.\n", len(p.Shown), p.Page, p.Document)
}

// checkCitations checks that the words of each citation stand in the blocks that are shown.
func checkCitations(content []byte, pages map[shownPage][]block) {
	var answer struct {
		Citations []struct {
			Document taken
			Segments []struct {
				Page int64
				Span struct{ Start, End int64 }
			}
			Quote string
		}
	}
	check(true, json.Unmarshal(content, &answer), "the answer cannot be read")
	for i, cited := range answer.Citations {
		var parts []string
		for _, segment := range cited.Segments {
			blocks := pages[shownPage{cited.Document, segment.Page}]
			sort.Slice(blocks, func(i, j int) bool { return blocks[i].Start < blocks[j].Start })
			at, text := segment.Span.Start, ""
			for _, block := range blocks {
				end := block.Start + int64(len(block.Text))
				if block.Start <= at && at < min(end, segment.Span.End) {
					text += block.Text[at-block.Start : min(end, segment.Span.End)-block.Start]
					at = min(end, segment.Span.End)
				}
			}
			check(at == segment.Span.End, nil, "citation %d names words that are not shown", i+1)
			parts = append(parts, text)
		}
		check(len(parts) > 0 && strings.Join(parts, "\n") == cited.Quote, nil, "the words of citation %d do not stand in the blocks that are shown", i+1)
	}
	fmt.Printf("The words of %d citations stand in these blocks, byte for byte.\n", len(answer.Citations))
}

// rootOf is where a proof of inclusion leads (RFC 9162, section 2.1.3.2).
func rootOf(index, size int64, hash tlog.Hash, path []tlog.Hash) (tlog.Hash, bool) {
	if index < 0 || index >= size {
		return hash, false
	}
	last := size - 1
	for _, other := range path {
		if last == 0 {
			return hash, false
		}
		if index&1 == 1 || index == last {
			for hash = tlog.NodeHash(other, hash); index&1 == 0; index, last = index>>1, last>>1 {
			}
		} else {
			hash = tlog.NodeHash(hash, other)
		}
		index, last = index>>1, last>>1
	}
	return hash, last == 0
}
