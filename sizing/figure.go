package sizing

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxFigureBytes bounds a figure's text; no sensible one is longer.
const maxFigureBytes = 64

// suffix is one multiplier letter. Counts write billions as B; B and G mean the
// same there, and letters are case-insensitive except that SI milli is refused
// by not existing.
type suffix struct {
	letter string
	factor float64
}

// countSuffixes are for tokens and parameters, largest first for formatting.
func countSuffixes() []suffix {
	return []suffix{{"T", 1e12}, {"B", 1e9}, {"M", 1e6}, {"K", 1e3}}
}

// siSuffixes are for operations, watts and bytes.
func siSuffixes() []suffix {
	return []suffix{
		{"Y", 1e24}, {"Z", 1e21}, {"E", 1e18}, {"P", 1e15},
		{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"K", 1e3},
	}
}

// ParseTokens reads a human figure such as "15T", "1.3e12", "1_300_000" or
// "15 T tokens". K, M, B (or G) and T are accepted in any case. Commas are
// refused, since they mean thousands to one reader and decimals to another.
// Errors wrap [ErrInput].
func ParseTokens(s string) (Tokens, error) {
	v, err := parseFigure("tokens", s, countSuffixes(), "tokens", "token", "tok")
	if err != nil {
		return 0, err
	}
	return Tokens(v), checkTokens(Tokens(v))
}

// ParseParams reads "405B", "1.8T" or "70e9"; see [ParseTokens].
func ParseParams(s string) (Params, error) {
	v, err := parseFigure("parameters", s, countSuffixes(), "parameters", "params", "param")
	if err != nil {
		return 0, err
	}
	return Params(v), checkParams(Params(v))
}

// ParseFLOP reads "3.8e25", "38Y" or "5.76e23 FLOP" (SI letters K to Y).
func ParseFLOP(s string) (FLOP, error) {
	v, err := parseFigure("FLOP", s, siSuffixes(), "flops", "flop")
	if err != nil {
		return 0, err
	}
	return FLOP(v), checkCompute(FLOP(v))
}

// ParseFLOPRate reads "989.5T", "989.5 TFLOP/s" or "9.895e14" in FLOP a second.
func ParseFLOPRate(s string) (FLOPRate, error) {
	v, err := parseFigure("FLOP/s", s, siSuffixes(), "flop/s", "flops/s", "flops")
	if err != nil {
		return 0, err
	}
	return FLOPRate(v), positive("the rate in FLOP/s", FLOPRate(v), 1e24)
}

// ParseWatts reads "700", "700W" or "1.4 kW".
func ParseWatts(s string) (Watts, error) {
	v, err := parseFigure("watts", s, siSuffixes(), "watts", "watt", "w")
	if err != nil {
		return 0, err
	}
	return Watts(v), positive("the power in watts", Watts(v), 1e12)
}

// ParseUSD reads "30000", "30K", "$2.50" or "6B".
func ParseUSD(s string) (USD, error) {
	v, err := parseFigure("USD", strings.TrimPrefix(strings.TrimSpace(s), "$"),
		countSuffixes(), "usd")
	if err != nil {
		return 0, err
	}
	return USD(v), notNegative("the amount in USD", USD(v), 1e15)
}

// ParseDays reads a span: "30d", "12h", "2w", "90m", "3600s"; a bare number is
// days.
func ParseDays(s string) (Days, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	units := []struct {
		word    string
		seconds float64
	}{
		{"weeks", 604800}, {"week", 604800}, {"days", 86400}, {"day", 86400},
		{"hours", 3600}, {"hour", 3600}, {"minutes", 60}, {"minute", 60}, {"seconds", 1}, {"second", 1},
		{"w", 604800}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1},
	}
	seconds := 86400.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(text, u.word); ok {
			text, seconds = strings.TrimSpace(rest), u.seconds
			break
		}
	}
	v, err := parseNumber("days", s, text)
	if err != nil {
		return 0, err
	}
	d := Days(v * seconds / 86400)
	return d, checkDays(d)
}

// parseFigure reads number, multiplier letter and optional unit word.
func parseFigure(what, s string, letters []suffix, words ...string) (float64, error) {
	if len(s) > maxFigureBytes {
		return 0, inputError("%s: the figure is longer than %d bytes", what, maxFigureBytes)
	}
	text := strings.ToLower(strings.TrimSpace(s))
	for _, w := range words {
		if rest, ok := strings.CutSuffix(text, w); ok {
			text = strings.TrimSpace(rest)
			break
		}
	}
	factor := 1.0
	for _, l := range append(letters, suffix{"G", 1e9}) {
		if rest, ok := strings.CutSuffix(text, strings.ToLower(l.letter)); ok {
			text, factor = strings.TrimSpace(rest), l.factor
			break
		}
	}
	v, err := parseNumber(what, s, text)
	if err != nil {
		return 0, err
	}
	return v * factor, nil
}

func parseNumber(what, whole, text string) (float64, error) {
	if len(whole) > maxFigureBytes {
		return 0, inputError("%s: the figure is longer than %d bytes", what, maxFigureBytes)
	}
	if strings.Contains(text, ",") {
		return 0, inputError("%s %q: a comma is ambiguous; write 1.3T, 1.3e12 or 1_300_000", what, whole)
	}
	plain := strings.ReplaceAll(text, "_", "")
	// ParseFloat also reads hexadecimal, "inf" and "nan"; only decimals are figures.
	if strings.Trim(plain, "0123456789.eE+-") != "" || plain == "" {
		return 0, inputError("%s %q is not a figure; write for example 15T, 405B or 1.3e12", what, whole)
	}
	v, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		return 0, inputError("%s %q is not a figure; write for example 15T, 405B or 1.3e12", what, whole)
	}
	if v < 0 {
		return 0, inputError("%s %q is negative", what, whole)
	}
	return v, nil
}

// String prints three significant digits with a letter: 1.3T.
func (d Tokens) String() string { return formatFigure(float64(d), countSuffixes(), "") }

// String prints three significant digits with a letter: 65B.
func (n Params) String() string { return formatFigure(float64(n), countSuffixes(), "") }

// String prints three significant digits and the unit: 5.07e23 FLOP.
func (c FLOP) String() string {
	return exponent(strconv.FormatFloat(float64(c), 'e', 2, 64)) + " FLOP"
}

// String prints the rate with an SI letter: 989 TFLOP/s.
func (r FLOPRate) String() string { return formatFigure(float64(r), siSuffixes(), "FLOP/s") }

// String prints watts with an SI letter: 1.43 MW.
func (w Watts) String() string {
	return strings.ReplaceAll(formatFigure(float64(w), siSuffixes(), "W"), "KW", "kW")
}

// String prints bytes with an SI letter: 80 GB.
func (b Bytes) String() string {
	return strings.ReplaceAll(formatFigure(float64(b), siSuffixes(), "B"), "KB", "kB")
}

// String prints kilowatt-hours, megawatt-hours or gigawatt-hours.
func (e KWh) String() string {
	return strings.ReplaceAll(formatFigure(float64(e)*1e3, siSuffixes(), "Wh"), "KWh", "kWh")
}

// String prints the money with a letter: 1.84M USD.
func (u USD) String() string { return formatFigure(float64(u), countSuffixes(), "") + " USD" }

// String prints days with three significant digits, 14.5 days, and less than one
// in hours, minutes or seconds.
func (d Days) String() string {
	if d > 0 && d < 0.9995 {
		return d.Seconds().String()
	}
	if s := significant(float64(d)); s == "1" {
		return "1 day"
	}
	return significant(float64(d)) + " days"
}

// String prints seconds, minutes, hours or days, whichever reads best.
func (s Seconds) String() string {
	switch v := float64(s); {
	case v < 120:
		return significant(v) + " s"
	case v < 7200:
		return significant(v/60) + " min"
	case v < 172800:
		return significant(v/3600) + " h"
	}
	return s.Days().String()
}

// String prints GPU-days with thousands separators.
func (g GPUDays) String() string { return grouped(math.Round(float64(g))) + " GPU-days" }

// formatFigure scales v to the largest letter that leaves at least 1 and adds
// the unit after a space; without a unit the letter follows the digits.
func formatFigure(v float64, letters []suffix, unit string) string {
	// Rounding first keeps 999.96e9 from printing as 1000B.
	if v != 0 && !math.IsNaN(v) && !math.IsInf(v, 0) {
		if r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64); err == nil {
			v = r
		}
	}
	letter, shown := "", v
	for _, l := range letters {
		if math.Abs(v) >= l.factor {
			letter, shown = l.letter, v/l.factor
			break
		}
	}
	digits := significant(shown)
	if unit == "" {
		return digits + letter
	}
	return digits + " " + letter + unit
}

// significant prints three significant digits without trailing zeros, and never
// an exponent between 0.001 and 1e6.
func significant(v float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case a >= 1e6 || a < 1e-3 || math.IsNaN(v) || math.IsInf(v, 0):
		return exponent(strconv.FormatFloat(v, 'g', 3, 64))
	case a >= 999.5:
		return grouped(math.Round(v))
	}
	places := 2 - int(math.Floor(math.Log10(a)))
	text := strconv.FormatFloat(v, 'f', max(places, 0), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// exponent drops the plus sign and leading zero of Go's exponents: 1e6.
func exponent(text string) string {
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(text)
}

// grouped prints a whole number with thousands separators.
func grouped(v float64) string {
	if math.IsNaN(v) || math.Abs(v) >= 1e15 {
		return exponent(fmt.Sprintf("%.3g", v))
	}
	text := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if v < 0 {
		return "-" + text
	}
	return text
}
