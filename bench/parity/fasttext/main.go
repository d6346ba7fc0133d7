// Command fasttext is the Go side of check.py and speed.py, which compare package
// purify/fasttext with the C++ library's Python binding. It reads frames (length as 4
// bytes, little-endian, then that many bytes of text) from standard input:
//
//	fasttext predict MODEL K THRESHOLD  writes for each frame the number of
//	                    predictions, then label and probability (4 bytes each)
//	fasttext time MODEL K  reads frames up to an empty one, then predicts all of them
//	                    for every further byte, and prints the user CPU seconds
//	fasttext load MODEL N  opens the model N times and prints the least milliseconds
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/purify/fasttext"
)

// maxFrame is a guard against a stream that is no frames.
const maxFrame = 256 << 20

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fasttext:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) < 3 {
		return errors.New("want predict MODEL K THRESHOLD, time MODEL K or load MODEL N")
	}
	k, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	if args[0] == "load" {
		return load(args[1], k, out)
	}
	m, err := fasttext.Open(args[1])
	if err != nil {
		return err
	}
	defer m.Close()
	r, w := bufio.NewReaderSize(in, 1<<20), bufio.NewWriterSize(out, 1<<20)
	switch {
	case args[0] == "time":
		return clock(m, k, r, out)
	case args[0] == "predict" && len(args) == 4:
		threshold, err := strconv.ParseFloat(args[3], 32)
		if err != nil {
			return err
		}
		if err := predict(m, k, float32(threshold), r, w); err != nil {
			return err
		}
		return w.Flush()
	}
	return fmt.Errorf("unknown command %q", args)
}

func frame(r io.Reader) (string, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxFrame {
		return "", fmt.Errorf("frame of %d bytes", n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return string(b), err
}

func predict(m *fasttext.Model, k int, threshold float32, r io.Reader, w io.Writer) error {
	p := m.Predictor()
	var dst []fasttext.Prediction
	var buf []byte
	for {
		text, err := frame(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		dst = p.Predict(dst[:0], text, k, threshold)
		buf = binary.LittleEndian.AppendUint32(buf[:0], uint32(len(dst)))
		for _, d := range dst {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(d.Label))
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(d.Prob))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
}

func clock(m *fasttext.Model, k int, r *bufio.Reader, out io.Writer) error {
	var texts []string
	for {
		text, err := frame(r)
		if err != nil {
			return err
		}
		if text == "" {
			break
		}
		texts = append(texts, text)
	}
	p := m.Predictor()
	var dst []fasttext.Prediction
	for {
		if _, err := r.ReadByte(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		start := userSeconds()
		for _, text := range texts {
			dst = p.Predict(dst[:0], text, k, 0)
		}
		if _, err := fmt.Fprintf(out, "%.6f\n", userSeconds()-start); err != nil {
			return err
		}
	}
}

func userSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return math.NaN()
	}
	return float64(u.Utime.Sec) + float64(u.Utime.Usec)/1e6
}

func load(path string, n int, out io.Writer) error {
	least := math.Inf(1)
	for range n {
		start := time.Now()
		m, err := fasttext.Open(path)
		if err != nil {
			return err
		}
		m.Predictor()
		least = min(least, time.Since(start).Seconds()*1000)
		m.Close()
	}
	_, err := fmt.Fprintf(out, "%.3f\n", least)
	return err
}
