// log FOLDER VKEY FILE...: every bit of the files.
package main

import (
	"bytes"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	folder, key, files := os.Args[1], os.Args[2], os.Args[3:]
	quietly(folder, key)
	for _, name := range files {
		place := filepath.Join(folder, name)
		content := must1(os.ReadFile(place))
		explained := never
		if name == "checkpoint" {
			explained = foreign(bytes.Clone(content), must1(note.NewVerifier(key)))
		}
		file := must1(os.OpenFile(place, os.O_WRONLY, 0))
		put := func(content []byte) { must1(file.WriteAt(content, 0)) }
		every(name, content, put, explained)
		file.Close()
	}
	end()
}

// foreign says whether a byte of a note is in a signature line of another key than this one: such lines are to be passed over.
func foreign(signed []byte, key note.Verifier) func(int, []byte) bool {
	own := must1(note.Open(signed, note.VerifierList(key))).Sigs[0]
	return func(at int, _ []byte) bool {
		start, length := bytes.LastIndexByte(signed[:at], '\n')+1, bytes.IndexByte(signed[at:], '\n')
		line := string(signed[start : at+length])
		return bytes.HasPrefix(signed[start:], []byte("— ")) && line != "— "+own.Name+" "+own.Base64
	}
}
