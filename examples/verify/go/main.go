// Verifies the folder of an audit log, or an evidence bundle, of Beleg without Beleg, and stops at the first finding. Signatures,
// trees and proofs are those of the Go checksum database (golang.org/x/mod/sumdb), what stands around them follows
// c2sp.org/tlog-tiles and c2sp.org/tlog-proof.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) != 3 {
		wrongUse(errors.New("usage: verify LOGFOLDER|BUNDLE.zip VKEY"))
	}
	key, err := note.NewVerifier(os.Args[2])
	wrongUse(err)
	info, err := os.Stat(os.Args[1])
	wrongUse(err)
	if info.IsDir() {
		verifyLog(os.Args[1], key)
	} else {
		verifyBundle(os.Args[1], key)
	}
	fmt.Println("GOOD.")
}

func wrongUse(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// check ends the program with a finding unless all is well.
func check(good bool, err error, what string, args ...any) {
	if !good || err != nil {
		fmt.Printf("FINDING: "+what, args...)
		if err != nil {
			fmt.Printf(" (%v)", err)
		}
		fmt.Println("\nNOT GOOD.")
		os.Exit(1)
	}
}

// openCheckpoint reads a checkpoint that key signed and whose origin is the key's name.
func openCheckpoint(signed []byte, key note.Verifier) (tree tlog.Tree) {
	opened, err := note.Open(signed, note.VerifierList(key))
	check(true, err, "the key did not sign the checkpoint")
	lines := strings.Split(opened.Text, "\n")
	check(len(lines) > 3 && lines[0] == key.Name(), nil, "the checkpoint is not of the log %s", key.Name())
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	check(tree.N >= 0 && strconv.FormatInt(tree.N, 10) == lines[1], err, "the size of the checkpoint is no number")
	tree.Hash, err = tlog.ParseHash(lines[2])
	check(true, err, "the root of the checkpoint is no hash")
	fmt.Printf("The checkpoint of %s is signed by the key; it covers %d entries.\n", key.Name(), tree.N)
	return tree
}

// folder gives tiles to tlog, which checks them against the signed root.
type folder string

func (folder) Height() int                     { return 8 }
func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(wanted []tlog.Tile) (all [][]byte, err error) {
	for _, tile := range wanted {
		content, width, err := f.read(tile)
		if err == nil && len(content) != 32*width {
			err = fmt.Errorf("%s has %d bytes", path(tile), len(content))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, content[:32*tile.W])
	}
	return all, nil
}

// path is that of tlog-tiles; the checksum database has the height in it and calls entries data.
func path(tile tlog.Tile) string {
	return strings.NewReplacer("tile/8/data/", "tile/entries/", "tile/8/", "tile/").Replace(tile.Path())
}

// read takes the full tile where the partial one is gone, and says how wide the one is that it read.
func (f folder) read(tile tlog.Tile) ([]byte, int, error) {
	content, err := os.ReadFile(filepath.Join(string(f), path(tile)))
	if errors.Is(err, fs.ErrNotExist) && tile.W < 256 {
		tile.W = 256
		return f.read(tile)
	}
	return content, tile.W, err
}

func verifyLog(name string, key note.Verifier) {
	signed, err := os.ReadFile(filepath.Join(name, "checkpoint"))
	check(true, err, "the log has no checkpoint")
	tree := openCheckpoint(signed, key)
	if tree.N == 0 {
		check(tree.Hash == sha256.Sum256(nil), nil, "the root is not that of a log without entries")
	}
	for first := int64(0); first < tree.N; first += 256 {
		bundle := tlog.Tile{H: 8, L: -1, N: first / 256, W: 256}
		if tree.N-first < 256 {
			bundle.W = int(tree.N - first)
		}
		rest, width, err := folder(name).read(bundle)
		check(true, err, "entries are missing")
		indexes := make([]int64, bundle.W)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		leaves, err := tlog.TileHashReader(tree, folder(name)).ReadHashes(indexes)
		check(true, err, "the tiles from entry %d on do not lead to the signed root", first)
		for i := 0; i < width; i++ {
			check(len(rest) >= 2, nil, "%s is cut off", path(bundle))
			end := 2 + int(binary.BigEndian.Uint16(rest))
			check(len(rest) >= end, nil, "%s is cut off", path(bundle))
			if i < bundle.W {
				check(tlog.RecordHash(rest[2:end]) == leaves[i], nil, "entry %d is not the one that the tree holds", first+int64(i))
			}
			rest = rest[end:]
		}
		check(len(rest) == 0, nil, "%s has more entries than its name says", path(bundle))
	}
	fmt.Printf("Each of the %d entries was hashed and compared with the tiles, and all tiles with the signed root.\n", tree.N)
}
