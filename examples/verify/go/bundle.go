package main

import (
	"archive/zip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type place struct {
	Index   int64
	Ordinal int
	Name    string
}

type entry struct {
	Index           int64 // of the manifest alone
	ID, Type, Phase string
	Versions        map[string]string
	Payloads        []struct {
		Name, Commitment string
		Length           int
	}
}

type manifest struct {
	Origin, Answer   string
	Size             int64
	Entries          []entry
	Erased, Withheld []place
	Files            map[string]string
}

func verifyBundle(name string, key note.Verifier) {
	files, used := map[string][]byte{}, map[string]bool{}
	archive, err := zip.OpenReader(name)
	check(true, err, "the bundle is no ZIP archive")
	for _, file := range archive.File {
		check(file.Method == zip.Store && files[file.Name] == nil, nil, "%s is packed, or there twice", file.Name)
		reader, err := file.Open()
		check(true, err, "%s cannot be read", file.Name)
		files[file.Name], err = io.ReadAll(reader)
		check(true, err, "%s is damaged", file.Name)
	}
	var list manifest
	check(true, json.Unmarshal(files["manifest.json"], &list), "the manifest cannot be read")
	for name, content := range files {
		digest := sha256.Sum256(content)
		free := name == "manifest.json" || name == "verify.html"
		check(free || list.Files[name] == hex.EncodeToString(digest[:]), nil, "%s is not the file that the manifest lists", name)
	}
	for name := range list.Files {
		check(files[name] != nil, nil, "%s is missing", name)
	}
	tree := openCheckpoint(files["checkpoint"], key)
	check(list.Origin == key.Name() && list.Size == tree.N, nil, "the manifest is of another checkpoint")
	absent, roots, shown, answered := map[place]bool{}, map[string]taken{}, 0, false
	pages, answer := map[shownPage][]block{}, []byte(nil)
	for _, gone := range append(list.Erased, list.Withheld...) {
		absent[gone] = true
	}
	for _, listed := range list.Entries {
		leaf, proof := fmt.Sprintf("entries/%d.json", listed.Index), fmt.Sprintf("proofs/%d.tlog-proof", listed.Index)
		used[leaf], used[proof] = true, true
		checkIncluded(files[proof], files["checkpoint"], files[leaf], listed.Index, tree)
		var e entry
		err := json.Unmarshal(files[leaf], &e)
		check(e.ID == listed.ID && e.Type == listed.Type, err, "entry %d is not what the manifest says", listed.Index)
		isAnswer := e.Type == "answer" && e.Versions["answer"] == list.Answer
		answered = answered || isAnswer
		for ordinal, payload := range e.Payloads {
			stem, found := fmt.Sprintf("payloads/%d/%03d.", listed.Index, ordinal), ""
			for _, kind := range []string{"json", "txt", "bin"} {
				if files[stem+kind] != nil {
					found = stem + kind
				}
			}
			if absent[place{listed.Index, ordinal, payload.Name}] && found == "" {
				continue
			}
			content, salt := files[found], files[stem+"salt"]
			used[found], used[stem+"salt"] = true, true
			mac := hmac.New(sha256.New, salt)
			fmt.Fprintf(mac, "beleg1\x00%s\x00%s", payload.Name, content)
			good := found != "" && len(salt) == 32 && len(content) == payload.Length && hex.EncodeToString(mac.Sum(nil)) == payload.Commitment
			check(good, nil, "payload %d of entry %d is not the one that was recorded, nor is it said to be erased or withheld", ordinal, listed.Index)
			shown++
			if e.Type == "ingest" && e.Phase == "outcome" && payload.Name == "document" {
				var document struct {
					Pages_root string
					taken
				}
				check(true, json.Unmarshal(content, &document), "the document of entry %d cannot be read", listed.Index)
				roots[document.Pages_root] = document.taken
			}
			if isAnswer && payload.Name == "answer" {
				answer = content
			}
		}
	}
	check(answered, nil, "the answer %s is not among the entries", list.Answer)
	fmt.Printf("Each of %d entries is in the log; %d payloads are the recorded ones, %d are erased, %d withheld.\n",
		len(list.Entries), shown, len(list.Erased), len(list.Withheld))
	for name, content := range files {
		if strings.HasPrefix(name, "pages/") && strings.HasSuffix(name, ".json") {
			checkPage(name, content, roots, pages)
		}
		stray := strings.HasPrefix(name, "entries/") || strings.HasPrefix(name, "proofs/") || strings.HasPrefix(name, "payloads/")
		check(used[name] || !stray, nil, "%s belongs to no entry", name)
	}
	if answer != nil {
		checkCitations(answer, pages)
	}
	fmt.Println("Compared with the manifest alone, which nobody signed: pictures, originals, policy, tables, README.txt.")
}

// checkIncluded checks a proof of c2sp.org/tlog-proof over the bundle's own checkpoint.
func checkIncluded(file, checkpoint, leaf []byte, index int64, tree tlog.Tree) {
	head, signed, _ := strings.Cut(string(file), "\n\n")
	lines := strings.Split(head, "\n")
	good := leaf != nil && signed == string(checkpoint) && len(lines) > 1 && lines[0] == "c2sp.org/tlog-proof@v1" && lines[1] == fmt.Sprintf("index %d", index)
	check(good, nil, "entry %d has no proof over this checkpoint", index)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		check(true, err, "the proof of entry %d is malformed", index)
		proof = append(proof, hash)
	}
	check(true, tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)), "entry %d is not in the log", index)
}
