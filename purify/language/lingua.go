//go:build !slim

package language

import (
	"fmt"
	"strings"

	"github.com/pemistahl/lingua-go"
)

const linguaVersion = "1.4.0"

// linguaDetector is lingua-go in its low-accuracy mode, over the candidates.
// Its tables are unpacked on first use, about 15 ms and 2 MB a language.
type linguaDetector struct {
	detector  lingua.LanguageDetector
	languages int
}

// linguaBytes is what the tables of a language take, with all that lingua-go makes of
// them.
const linguaBytes = 3 << 20

// HoldsBytes implements stage.Holder.
func (l *linguaDetector) HoldsBytes(int) int64 { return int64(l.languages) * linguaBytes }

func newLingua(codes []string) (Detector, string, error) {
	known := map[string]lingua.Language{}
	for _, l := range lingua.AllLanguages() {
		known[strings.ToLower(l.IsoCode639_1().String())] = l
	}
	var list []lingua.Language
	for _, code := range codes {
		if l, ok := known[code]; ok {
			list = append(list, l)
		}
	}
	if len(list) < 2 {
		return nil, "", fmt.Errorf("arbiter: lingua needs two languages to choose from, of %v it knows %d", codes, len(list))
	}
	d := lingua.NewLanguageDetectorBuilder().FromLanguages(list...).WithLowAccuracyMode().Build()
	return &linguaDetector{d, len(list)}, linguaVersion, nil
}

// Detect implements Detector.
func (l *linguaDetector) Detect(text string) []Scored {
	values := l.detector.ComputeLanguageConfidenceValues(text)
	list := make([]Scored, len(values))
	for i, v := range values {
		list[i] = Scored{strings.ToLower(v.Language().IsoCode639_1().String()), v.Value()}
	}
	return ranked(list)
}
