// Verifies the folder of an audit log of Beleg without Beleg, and stops at the first finding: log FOLDER VKEY
//
// Signature and tree are those of the Go checksum database (golang.org/x/mod/sumdb); what stands around them follows
// c2sp.org/tlog-checkpoint and c2sp.org/tlog-tiles.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) != 3 {
		wrongUse(errors.New("usage: log FOLDER VKEY"))
	}
	key, err := note.NewVerifier(os.Args[2])
	wrongUse(err)
	folder := os.Args[1]
	_, err = os.ReadDir(folder)
	wrongUse(err)
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	check(err == nil, "the log has no checkpoint: %v", err)
	size, root := openCheckpoint(signed, key)
	tree := hashEntries(folder, size)
	computed := tlog.Hash(sha256.Sum256(nil))
	if size > 0 {
		computed, err = tlog.TreeHash(size, tree)
	}
	check(err == nil && computed == root, "the entries do not lead to the signed root")
	for _, tile := range tlog.NewTiles(8, 0, size) {
		wanted, err := tlog.ReadTileData(tile, tree)
		check(err == nil, "%v", err)
		content, width := read(folder, tile)
		good := len(content) == 32*width && bytes.HasPrefix(content, wanted)
		check(good, "%s is not that of the entries below it", path(tile))
	}
	fmt.Printf("Each of the %d entries was hashed; together they give the signed root, and all tiles.\nGOOD.\n", size)
}

func wrongUse(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// check ends the program with a finding unless all is well.
func check(good bool, what string, args ...any) {
	if !good {
		fmt.Printf("FINDING: "+what+"\nNOT GOOD.\n", args...)
		os.Exit(1)
	}
}

// openCheckpoint gives size and root of a checkpoint that the key signed and whose origin is the key's name.
func openCheckpoint(signed []byte, key note.Verifier) (size int64, root tlog.Hash) {
	opened, err := note.Open(signed, note.VerifierList(key))
	check(err == nil, "the key did not sign the checkpoint: %v", err)
	_, err = base64.StdEncoding.Strict().DecodeString(opened.Sigs[0].Base64)
	check(err == nil, "the signature is in another spelling than base64 has for it")
	var origin, hash string
	_, err = fmt.Sscanf(opened.Text, "%s\n%d\n%s\n", &origin, &size, &hash)
	check(err == nil && origin == key.Name() && size >= 0, "the checkpoint is not of the log %s", key.Name())
	root, err = tlog.ParseHash(hash)
	check(err == nil, "the root of the checkpoint is no hash")
	fmt.Printf("The checkpoint of %s is signed by the key; it covers %d entries.\n", origin, size)
	return size, root
}

// stored are the hashes of a tree in the order of tlog.StoredHashIndex.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) (hashes []tlog.Hash, err error) {
	for _, index := range indexes {
		hashes = append(hashes, s[index])
	}
	return hashes, nil
}

// hashEntries reads the bundles of entries: of each its length in two bytes, and its bytes.
func hashEntries(folder string, size int64) (tree stored) {
	for first := int64(0); first < size; first += 256 {
		bundle := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(min(256, size-first))}
		rest, width := read(folder, bundle)
		name := path(bundle)
		for i := range width {
			check(len(rest) >= 2 && len(rest) >= 2+int(binary.BigEndian.Uint16(rest)), "%s is cut off", name)
			end := 2 + int(binary.BigEndian.Uint16(rest))
			if i < bundle.W {
				hashes, err := tlog.StoredHashes(first+int64(i), rest[2:end], tree)
				check(err == nil, "%v", err)
				tree = append(tree, hashes...)
			}
			rest = rest[end:]
		}
		check(len(rest) == 0, "%s has more entries than its name says", name)
	}
	return tree
}

// path is that of tlog-tiles; the checksum database has the height in it and calls entries data.
func path(tile tlog.Tile) string {
	return strings.NewReplacer("tile/8/data/", "tile/entries/", "tile/8/", "tile/").Replace(tile.Path())
}

// read gives a tile and its width: the full one where the partial one is gone.
func read(folder string, tile tlog.Tile) ([]byte, int) {
	content, err := os.ReadFile(filepath.Join(folder, path(tile)))
	if errors.Is(err, fs.ErrNotExist) && tile.W < 256 {
		tile.W = 256
		return read(folder, tile)
	}
	check(err == nil, "a tile is missing: %v", err)
	return content, tile.W
}
