// Makes keys.json (the log's part), tree.json, log/ and 450.tlog-proof: go run . FOLDER
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "beleg/0192d3a8-7b6c-7a31-8f02-5a2b1c3d4e5f/0"

type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = s[index]
	}
	return out, nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func entry(i int64) []byte {
	return []byte(fmt.Sprintf("entry %d %s", i, strings.Repeat("x", int(i%7))))
}

func texts(hashes []tlog.Hash) []string {
	out := []string{}
	for _, hash := range hashes {
		out = append(out, hash.String())
	}
	return out
}

func write(name string, content []byte) {
	name = filepath.Join(os.Args[1], name)
	must(0, os.MkdirAll(filepath.Dir(name), 0o755))
	must(0, os.WriteFile(name, content, 0o644))
}

func main() {
	var all stored
	for i := int64(0); i < 1025; i++ {
		all = append(all, must(tlog.StoredHashes(i, entry(i), all))...)
	}
	type inclusion struct {
		Index  int64    `json:"index"`
		Hashes []string `json:"hashes"`
	}
	type consistency struct {
		Old    int64    `json:"old"`
		Hashes []string `json:"hashes"`
	}
	type tree struct {
		Size        int64         `json:"size"`
		Root        string        `json:"root"`
		Inclusion   []inclusion   `json:"inclusion"`
		Consistency []consistency `json:"consistency"`
	}
	// The empty tree has the hash of nothing, which this version of the package does not know.
	trees := []tree{{0, tlog.Hash(sha256.Sum256(nil)).String(), []inclusion{}, []consistency{}}}
	for _, size := range []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100, 255, 256, 257, 511, 513, 600, 768, 1000, 1024, 1025} {
		t := tree{size, must(tlog.TreeHash(size, all)).String(), nil, nil}
		seen := map[int64]bool{}
		for _, i := range []int64{0, 1, size / 3, size / 2, size - 2, size - 1} {
			if i >= 0 && i < size && !seen[i] {
				seen[i] = true
				t.Inclusion = append(t.Inclusion, inclusion{i, texts(must(tlog.ProveRecord(size, i, all)))})
				t.Consistency = append(t.Consistency, consistency{i + 1, texts(must(tlog.ProveTree(size, i+1, all)))})
			}
		}
		trees = append(trees, t)
	}
	var lines []string
	for _, t := range trees {
		lines = append(lines, string(must(json.Marshal(t))))
	}
	write("tree.json", []byte("{\"trees\": [\n"+strings.Join(lines, ",\n")+"\n]}\n"))

	const size = 600
	for _, tile := range tlog.NewTiles(8, 0, size) {
		write("log/"+strings.Replace(tile.Path(), "tile/8/", "tile/", 1), must(tlog.ReadTileData(tile, all)))
		if tile.L == 0 {
			var bundle []byte
			for i := tile.N * 256; i < tile.N*256+int64(tile.W); i++ {
				bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry(i)))), entry(i)...)
			}
			write("log/"+strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1), bundle)
		}
	}
	seed := sha256.Sum256([]byte("beleg vectors: log"))
	public := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	vkey := must(note.NewEd25519VerifierKey(origin, public))
	id := strings.Split(vkey, "+")[1]
	signer := must(note.NewSigner("PRIVATE+KEY+" + origin + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...))))
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, must(tlog.TreeHash(size, all)))
	checkpoint := must(note.Sign(&note.Note{Text: text}, signer))
	write("log/checkpoint", checkpoint)
	proof := strings.Join(texts(must(tlog.ProveRecord(size, 450, all))), "\n")
	write("450.tlog-proof", []byte("c2sp.org/tlog-proof@v1\nindex 450\n"+proof+"\n\n"+string(checkpoint)))
	write("keys.json", []byte(fmt.Sprintf("{\"log\": {\"name\": %q, \"seed\": %q, \"vkey\": %q}}\n", origin, hex.EncodeToString(seed[:]), vkey)))
}
