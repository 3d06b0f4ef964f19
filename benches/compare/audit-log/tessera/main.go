// Durable entries a second with Tessera's POSIX driver: entries of 1 KiB by 1, 16 and 256 callers at a time. A call is done when
// its entry has a place that survives power loss, as in Beleg's own bench.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	run   = 3 * time.Second
	entry = 1024
)

func main() {
	folder := flag.String("dir", os.TempDir(), "where the logs are written")
	flag.Parse()
	for _, callers := range []int{1, 16, 256} {
		place := filepath.Join(*folder, fmt.Sprintf("tessera-%d", callers))
		if err := os.RemoveAll(place); err != nil {
			log.Fatal(err)
		}
		measure(place, callers)
		os.RemoveAll(place)
	}
}

func measure(place string, callers int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	secret, _, err := note.GenerateKey(rand.Reader, "bench/tessera")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		log.Fatal(err)
	}
	driver, err := posix.New(ctx, posix.Config{Path: place})
	if err != nil {
		log.Fatal(err)
	}
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(256, 5*time.Millisecond).
		WithCheckpointInterval(time.Second))
	if err != nil {
		log.Fatal(err)
	}
	var all []time.Duration
	var lock sync.Mutex
	var calls sync.WaitGroup
	started := time.Now()
	for caller := 0; caller < callers; caller++ {
		calls.Add(1)
		go func() {
			defer calls.Done()
			var own []time.Duration
			for n := 0; time.Since(started) < run; n++ {
				data := make([]byte, entry)
				copy(data, fmt.Sprintf("%d %d", caller, n))
				from := time.Now()
				if _, err := appender.Add(ctx, tessera.NewEntry(data))(); err != nil {
					log.Fatal(err)
				}
				own = append(own, time.Since(from))
			}
			lock.Lock()
			all = append(all, own...)
			lock.Unlock()
		}()
	}
	calls.Wait()
	seconds := time.Since(started).Seconds()
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	at := func(share float64) float64 { return all[int(float64(len(all)-1)*share)].Seconds() * 1e3 }
	fmt.Printf("%-28s entries_per_s %.2f  p50_ms %.2f  p99_ms %.2f\n", fmt.Sprintf("tessera %d callers", callers), float64(len(all))/seconds, at(0.5), at(0.99))
	if err := shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
