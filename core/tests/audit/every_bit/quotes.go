// quotes BUNDLE.zip: every bit of the pages. The payloads that they are held against are those of the program bundle.
package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"reflect"
	"strings"
)

// shown is what a page is believed for.
type shown struct {
	document            string
	version, page, root any
	text                map[int64]byte
}

func main() {
	place := os.Args[1]
	quietly(place)
	archive := must1(os.ReadFile(place))
	bundle := must1(zip.NewReader(bytes.NewReader(archive), int64(len(archive))))
	root := pagesRoot(bundle)
	written := must1(os.OpenFile(place, os.O_WRONLY|os.O_TRUNC, 0))
	for _, name := range must1(fs.Glob(bundle, "pages/*/*.json")) {
		content := must1(fs.ReadFile(bundle, name))
		said := func(content []byte) shown {
			p := decode[page](content)
			return shown{p.Document, p.Version, p.Page, root, shownText(p, root)}
		}
		wanted := said(content)
		// Neither whose page it is nor a byte of its text is another. That there are more or fewer pages or blocks behind it is
		// nothing that a path says, and the places on the page stand in its blocks. Base64 has one spelling; names of JSON have
		// capitals here as well.
		sameText := func(_ int, flipped []byte) bool {
			isOther := !reflect.DeepEqual(decode[page](flipped), decode[page](content)) || bytes.EqualFold(flipped, content)
			return isOther && reflect.DeepEqual(said(flipped), wanted)
		}
		put := func(content []byte) { must1(written.WriteAt(with(bundle, name, content), 0)) }
		every(name, content, put, sameText)
	}
	end()
}

// pagesRoot is that of the one document that the bundle has pages of.
func pagesRoot(bundle *zip.Reader) string {
	for _, name := range must1(fs.Glob(bundle, "payloads/*/*.json")) {
		content := must1(fs.ReadFile(bundle, name))
		if strings.Contains(string(content), "pages_root") {
			return decode[document](content).Root
		}
	}
	panic("there is no document")
}

func with(bundle *zip.Reader, changed string, content []byte) []byte {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, file := range bundle.File {
		bytes := must1(fs.ReadFile(bundle, file.Name))
		if file.Name == changed {
			bytes = content
		}
		must1(must1(writer.CreateHeader(&zip.FileHeader{Name: file.Name})).Write(bytes))
	}
	must1(0, writer.Close())
	return archive.Bytes()
}
