package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

type page struct {
	Document            string
	Version             any
	Page, Pages, Blocks int64
	Shown               []struct {
		Index       int64
		Block, Salt []byte
		Path        []tlog.Hash
	}
	Path []tlog.Hash
}

// checkPage checks the blocks of a page against what was recorded when its document was taken in.
func checkPage(name string, content []byte, roots map[string]string) {
	var p page
	err := json.Unmarshal(content, &p)
	check(name == fmt.Sprintf("pages/%s-%v/%d.json", p.Document, p.Version, p.Page) && len(p.Shown) > 0, err, "%s is no page", name)
	var root tlog.Hash
	for i, block := range p.Shown {
		above, fits := rootOf(block.Index, p.Blocks, tlog.RecordHash(bytes.Join([][]byte{block.Salt, block.Block}, nil)), block.Path)
		check(fits && len(block.Salt) == 32 && (i == 0 || above == root), nil, "block %d of %s is not of this page", block.Index, name)
		root = above
	}
	top, fits := rootOf(p.Page-1, p.Pages, tlog.RecordHash(root[:]), p.Path)
	document, known := roots[hex.EncodeToString(top[:])]
	check(fits && known && (document == "" || document == p.Document), nil, "%s shows what was not taken in", name)
	fmt.Printf("%d blocks of page %d of document %s are those that were taken in.\n", len(p.Shown), p.Page, p.Document)
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
