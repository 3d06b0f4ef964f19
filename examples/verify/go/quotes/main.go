// Verifies cited pages and quotes of an evidence bundle of Beleg without Beleg: quotes BUNDLE.zip.
// They are held against payloads, as the program bundle holds those against the log. RFC 6962, docs/audit-log.md.
package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

type entry struct {
	Type     string
	Payloads []struct{ Name string }
}

type document struct {
	ID      string
	Version int
	Root    string `json:"pages_root"`
}

type answer struct {
	Citations []struct {
		Document document
		Quote    string
		Segments []struct {
			Page int64
			Span struct{ Start, End int64 }
		}
	}
}

type page struct {
	Document                     string
	Version, Page, Pages, Blocks int64
	Path                         []tlog.Hash
	Shown                        []struct {
		Index       int64
		Block, Salt []byte
		Path        []tlog.Hash
	}
}

type block struct {
	Start int64
	Text  string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: quotes BUNDLE.zip")
		os.Exit(2)
	}
	bundle := must(zip.OpenReader(os.Args[1]))
	read := func(name string) []byte { return must(fs.ReadFile(bundle, name)) }
	roots, said, texts := map[string]string{}, answer{}, map[string]map[int64]byte{}
	for _, name := range must(fs.Glob(bundle, "payloads/*/*.json")) {
		var index, ordinal int
		must(fmt.Sscanf(name, "payloads/%d/%d.json", &index, &ordinal))
		recorded := decode[entry](read(fmt.Sprintf("entries/%d.json", index)))
		check(ordinal < len(recorded.Payloads), "%s belongs to no entry", name)
		switch recorded.Type + " " + recorded.Payloads[ordinal].Name {
		case "ingest document":
			of := decode[document](read(name))
			roots[fmt.Sprintf("%s-%d", of.ID, of.Version)] = of.Root
		case "answer answer":
			said = decode[answer](read(name))
		}
	}
	for _, name := range must(fs.Glob(bundle, "pages/*/*.json")) {
		p := decode[page](read(name))
		of := fmt.Sprintf("%s-%d", p.Document, p.Version)
		isPage := name == fmt.Sprintf("pages/%s/%d.json", of, p.Page) && len(p.Shown) > 0
		// Spare bits that are set, and what JSON escapes: base64 in its only spelling has neither.
		isOther := regexp.MustCompile(`[^AQgw=]==|[^AEIMQUYcgkosw048=]="|\\`).Match(read(name))
		check(isPage && !isOther, "%s is no page, or its base64 is in another spelling", name)
		texts[name] = shownText(p, roots[of])
		fmt.Printf("%d blocks of page %d of %s are those that were taken in.\n", len(p.Shown), p.Page, p.Document)
	}
	for _, cited := range said.Citations {
		var words []string
		for _, segment := range cited.Segments {
			part, of := []byte{}, cited.Document
			text := texts[fmt.Sprintf("pages/%s-%d/%d.json", of.ID, of.Version, segment.Page)]
			for at := segment.Span.Start; at < segment.Span.End; at++ {
				char, isShown := text[at]
				check(isShown, "the quote %q is of words that are not shown", cited.Quote)
				part = append(part, char)
			}
			words = append(words, string(part))
		}
		fits := cited.Quote != "" && strings.Join(words, "\n") == cited.Quote
		check(fits, "the quote %q does not stand in the blocks that are shown", cited.Quote)
	}
	fmt.Printf("The words of %d quotes stand in these blocks, byte for byte.\nGOOD.\n", len(said.Citations))
}

// check ends the program with a finding unless all is well.
func check(good bool, what string, args ...any) {
	if !good {
		fmt.Printf("FINDING: "+what+"\nNOT GOOD.\n", args...)
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	check(err == nil, "%v", err)
	return value
}

func decode[T any](content []byte) (value T) {
	check(json.Unmarshal(content, &value) == nil, "this is not the JSON of a bundle: %.99q", content)
	return value
}

// shownText gives the bytes of a page that are shown, by place: they are those that were taken in with its document.
func shownText(p page, pagesRoot string) map[int64]byte {
	text := map[int64]byte{}
	for _, shown := range p.Shown {
		pageRoot := proofRoot(tlog.RecordHash(append(shown.Salt, shown.Block...)), shown.Index, p.Blocks, shown.Path)
		root := proofRoot(tlog.RecordHash(pageRoot[:]), p.Page-1, p.Pages, p.Path)
		check(len(shown.Salt) == 32 && fmt.Sprintf("%x", root[:]) == pagesRoot, "page %d was not taken in", p.Page)
		said := decode[block](shown.Block)
		for i, char := range []byte(said.Text) {
			text[said.Start+int64(i)] = char
		}
	}
	return text
}

// proofRoot is where a proof leads that the leaf is in a tree: to the tree's root, if it is (RFC 6962, section 2.1.1).
func proofRoot(leaf tlog.Hash, index, size int64, path []tlog.Hash) tlog.Hash {
	check(0 <= index && index < size && (size > 1) == (len(path) > 0), "a proof does not fit the size of its tree")
	if size == 1 {
		return leaf
	}
	left, last := int64(1)<<(bits.Len64(uint64(size-1))-1), len(path)-1
	if index < left {
		return tlog.NodeHash(proofRoot(leaf, index, left, path[:last]), path[last])
	}
	return tlog.NodeHash(path[last], proofRoot(leaf, index-left, size-left, path[:last]))
}
