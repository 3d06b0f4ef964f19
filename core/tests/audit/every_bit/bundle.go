// bundle BUNDLE.zip VKEY: every bit of what the archive has around its files; of the files that the program stands for, in an archive
// and with a manifest that list them as they are; of the manifest.
package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"reflect"
	"strings"
)

const list = "manifest.json"

type named struct {
	name    string
	content []byte
}

func main() {
	place, key := os.Args[1], os.Args[2]
	quietly(place, key)
	archive := must1(os.ReadFile(place))
	files := unpack(archive)
	// Archives that are packed here are equally long, and longer than the first.
	written := must1(os.OpenFile(place, os.O_WRONLY|os.O_TRUNC, 0))
	put := func(archive []byte) { must1(written.WriteAt(archive, 0)) }
	var contents [][2]int
	for _, file := range must1(zip.NewReader(bytes.NewReader(archive), int64(len(archive)))).File {
		start := int(must1(file.DataOffset()))
		contents = append(contents, [2]int{start, start + int(file.UncompressedSize64)})
	}
	// What this reader of ZIP makes of it is the same: times, attributes and versions are nothing that the verifier reads.
	sameFiles := func(_ int, flipped []byte) bool { return reflect.DeepEqual(unpack(flipped), files) }
	everyOutside(contents, "the archive", archive, put, sameFiles)

	for i := range files {
		file, whole := &files[i], bytes.Clone(files[i].content)
		place, before := find(files, list), sha256.Sum256(whole)
		listed := bytes.Clone(*place)
		switch {
		case file.name == list:
			wanted := decode[manifest](whole)
			// What the program reads of it is the same.
			sameMeaning := func(_ int, flipped []byte) bool { return reflect.DeepEqual(decode[manifest](flipped), wanted) }
			every(file.name, file.content, func([]byte) { put(pack(files)) }, sameMeaning)
		case standsFor(file.name):
			refit := func(content []byte) {
				now := sha256.Sum256(content)
				*place = bytes.ReplaceAll(listed, []byte(hex.EncodeToString(before[:])), []byte(hex.EncodeToString(now[:])))
				put(pack(files))
			}
			every(file.name, file.content, refit, never)
		}
	}
	end()
}

// standsFor: of all else the program says that it is held against the manifest alone, which nobody signed; pages are for quotes.
func standsFor(name string) bool {
	folder, _, _ := strings.Cut(name, "/")
	return strings.Contains(" checkpoint entries proofs payloads ", " "+folder+" ")
}

func find(files []named, name string) *[]byte {
	for i := range files {
		if files[i].name == name {
			return &files[i].content
		}
	}
	panic("there is no " + name)
}

func unpack(archive []byte) (files []named) {
	reader := must1(zip.NewReader(bytes.NewReader(archive), int64(len(archive))))
	for _, file := range reader.File {
		files = append(files, named{file.Name, must1(fs.ReadFile(reader, file.Name))})
	}
	return files
}

func pack(files []named) []byte {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, file := range files {
		must1(must1(writer.CreateHeader(&zip.FileHeader{Name: file.name})).Write(file.content))
	}
	must1(0, writer.Close())
	return archive.Bytes()
}
