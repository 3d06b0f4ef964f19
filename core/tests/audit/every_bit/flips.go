// Runs a verifier of examples/verify/go in this process, once for each flipped bit of what it reads.
//
// Beside it stand the verifier's own file, in which main is called verifier and os.Exit is called exit, and a file with the main of
// this program, which says what is flipped and why a flip may pass.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
)

// exited is how a verifier ends before its end.
type exited int

func exit(code int) {
	panic(exited(code))
}

var (
	report        = os.Stdout
	tried, passed int
)

// quietly has the verifier work on arguments and say nothing.
func quietly(arguments ...string) {
	os.Args = append(os.Args[:1], arguments...)
	os.Stdout = must1(os.OpenFile(os.DevNull, os.O_WRONLY, 0))
	debug.SetGCPercent(1000)
}

// accepts runs the verifier: a finding is exit code 1, and anything else but its end is a fault of the verifier.
func accepts() (is bool) {
	defer func() {
		switch ended := recover().(type) {
		case nil:
			is = true
		case exited:
			if ended != 1 {
				panic(fmt.Sprintf("exit code %d for what is no wrong use", ended))
			}
		default:
			panic(ended)
		}
	}()
	verifier()
	return
}

// every flips each bit of content, which has the name, and has it put in its place. What passes must be explained, by the place of the
// byte or by what the content is now.
func every(name string, content []byte, put func([]byte), explained func(at int, flipped []byte) bool) {
	everyOutside(nil, name, content, put, explained)
}

// everyOutside does so but for the bytes in ranges [start, end).
func everyOutside(ranges [][2]int, name string, content []byte, put func([]byte), explained func(int, []byte) bool) {
	for bit := range 8 * len(content) {
		isIn := func(r [2]int) bool { return r[0] <= bit/8 && bit/8 < r[1] }
		if slices.ContainsFunc(ranges, isIn) {
			continue
		}
		content[bit/8] ^= 1 << (bit % 8)
		put(content)
		tried++
		if tried%512 == 0 {
			runtime.GC() // closes what a verifier leaves to its end
		}
		if accepts() {
			passed++
			if !explained(bit/8, content) {
				fmt.Fprintf(report, "bit %d of byte %d of %s passes\n", bit%8, bit/8, name)
				os.Exit(1)
			}
		}
		content[bit/8] ^= 1 << (bit % 8)
	}
	put(content)
	if !accepts() {
		fmt.Fprintf(report, "%s does not pass as it was\n", name)
		os.Exit(1)
	}
}

func never(int, []byte) bool {
	return false
}

func end() {
	fmt.Fprintf(report, "%d bits, %d passed\n", tried, passed)
}

func must1[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
