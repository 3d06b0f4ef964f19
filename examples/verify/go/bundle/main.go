// Verifies entries and payloads of an evidence bundle of Beleg without Beleg: bundle BUNDLE.zip VKEY
//
// Signature and tree are those of the Go checksum database (golang.org/x/mod/sumdb); what stands around them follows
// c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof and docs/audit-log.md of Beleg. Stops at the first finding.
package main

import (
	"archive/zip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type manifest struct {
	Origin, Answer   string
	Size             int64
	Entries          []entry
	Erased, Withheld []place
	Files            map[string]string
}

type entry struct {
	Index    int64 // in the manifest alone
	ID, Type string
	Versions map[string]string
	Payloads []struct {
		Name, Commitment string
		Length           int
	}
}

// place is that of a payload that is not shown.
type place struct {
	Index   int64
	Ordinal int
	Name    string
}

func main() {
	if len(os.Args) != 3 {
		wrongUse("usage: bundle BUNDLE.zip VKEY")
	}
	key, err := note.NewVerifier(os.Args[2])
	if _, missing := os.Stat(os.Args[1]); err != nil || missing != nil {
		wrongUse(err, missing)
	}
	bundle, used, answered := must(zip.OpenReader(os.Args[1])), map[string]bool{}, false
	read := func(name string) []byte { return must(fs.ReadFile(bundle, name)) }
	list := decode[manifest](read("manifest.json"))
	size, root := openCheckpoint(read("checkpoint"), key)
	check(list.Origin == key.Name() && list.Size == size, "the manifest is of another checkpoint")
	for _, listed := range list.Entries {
		leaf, proof := fmt.Sprintf("entries/%d.json", listed.Index), fmt.Sprintf("proofs/%d.tlog-proof", listed.Index)
		used[leaf], used[proof] = true, true
		checkIncluded(read(leaf), read(proof), read("checkpoint"), listed.Index, size, root)
		recorded := decode[entry](read(leaf))
		check(recorded.ID == listed.ID && recorded.Type == listed.Type, "entry %d is another one", listed.Index)
		answered = answered || recorded.Type == "answer" && recorded.Versions["answer"] == list.Answer
		for ordinal, payload := range recorded.Payloads {
			stem := fmt.Sprintf("payloads/%d/%03d.", listed.Index, ordinal)
			names := must(fs.Glob(bundle, stem+"*"))
			isGone := slices.Contains(append(list.Erased, list.Withheld...), place{listed.Index, ordinal, payload.Name})
			if len(names) == 0 && isGone {
				continue
			}
			names = slices.DeleteFunc(names, func(name string) bool { return name == stem+"salt" })
			check(len(names) == 1, "%s is neither shown, nor said to be erased or withheld", stem)
			content, salt := read(names[0]), read(stem+"salt")
			mac := hmac.New(sha256.New, salt)
			fmt.Fprintf(mac, "beleg1\x00%s\x00%s", payload.Name, content)
			isCommitted := fmt.Sprintf("%x", mac.Sum(nil)) == payload.Commitment
			isCommitted = isCommitted && len(salt) == 32 && len(content) == payload.Length
			check(isCommitted, "%s is not what the entry commits to", names[0])
			used[names[0]], used[stem+"salt"] = true, true
		}
	}
	check(answered, "the answer %s is not among the entries", list.Answer)
	fmt.Printf("Each of %d entries is in the log; the payloads are those that they commit to,\n", len(list.Entries))
	fmt.Printf("but for %d that are erased and %d withheld.\n", len(list.Erased), len(list.Withheld))
	for _, file := range bundle.File {
		folder, _, _ := strings.Cut(file.Name, "/")
		stray := slices.Contains([]string{"entries", "proofs", "payloads"}, folder) && !used[file.Name]
		check(!stray, "%s belongs to no entry", file.Name)
		digest := fmt.Sprintf("%x", sha256.Sum256(read(file.Name)))
		free := file.Name == "manifest.json" || file.Name == "verify.html"
		check(free || list.Files[file.Name] == digest, "%s is not the file that the manifest lists", file.Name)
		delete(list.Files, file.Name)
	}
	check(len(list.Files) == 0, "files are missing: %v", list.Files)
	fmt.Println("Held against the manifest alone, which nobody signed: pictures, originals, tables, README.\nGOOD.")
}

func wrongUse(why ...any) {
	fmt.Fprintln(os.Stderr, why...)
	os.Exit(2)
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

// openCheckpoint gives size and root of a checkpoint that the key signed and whose origin is the key's name.
func openCheckpoint(signed []byte, key note.Verifier) (size int64, root tlog.Hash) {
	var origin, hash string
	opened := must(note.Open(signed, note.VerifierList(key)))
	must(base64.StdEncoding.Strict().DecodeString(opened.Sigs[0].Base64)) // it has one spelling
	must(fmt.Sscanf(opened.Text, "%s\n%d\n%s\n", &origin, &size, &hash))
	check(origin == key.Name(), "the checkpoint is of another log")
	fmt.Printf("The checkpoint of %s is signed by the key; it covers %d entries.\n", origin, size)
	return size, must(tlog.ParseHash(hash))
}

// checkIncluded checks a proof of c2sp.org/tlog-proof over the bundle's own checkpoint.
func checkIncluded(leaf, file, checkpoint []byte, index, size int64, root tlog.Hash) {
	head, signed, _ := strings.Cut(string(file), "\n\n")
	lines := strings.Split(head, "\n")
	isOver := signed == string(checkpoint) && len(lines) > 1 && lines[0] == "c2sp.org/tlog-proof@v1"
	check(isOver && lines[1] == fmt.Sprint("index ", index), "entry %d has no proof over this checkpoint", index)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		proof = append(proof, must(tlog.ParseHash(line)))
		check(proof[len(proof)-1].String() == line, "a hash is in another spelling than base64 has for it")
	}
	err := tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(leaf))
	check(err == nil, "entry %d is not in the log: %v", index, err)
}
