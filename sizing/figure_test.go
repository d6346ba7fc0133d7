package sizing

import (
	"errors"
	"math"
	"testing"
)

func TestParseFigures(t *testing.T) {
	good := []struct {
		in   string
		want float64
	}{
		{"15T", 15e12}, {"405B", 405e9}, {"405b", 405e9}, {"70G", 70e9}, {"1.3e12", 1.3e12}, {"1_300_000", 1.3e6},
		{" 15 T tokens ", 15e12}, {"1tokens", 1}, {"0.57T", 0.57e12}, {"8k", 8000}, {"1e18", 1e18},
	}
	for _, c := range good {
		got, err := ParseTokens(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		closeTo(t, c.in, float64(got), c.want, 1e-12)
	}
	bad := []string{
		"", " ", "T", "15X", "1,3T", "1,300,000", "-1T", "0", "nan", "NaN", "inf", "0x10", "1e30", "1.0000001e18",
		"1e999", "15TT", "1.2.3", "+-3", "15 T params", "٣", "99999999999999999999999999999999999999999999999999999999999999999",
	}
	for _, s := range bad {
		if v, err := ParseTokens(s); !errors.Is(err, ErrInput) {
			t.Errorf("%q: got %v, %v; want an input error", s, v, err)
		}
	}
}

func TestParseOtherQuantities(t *testing.T) {
	check := func(name string, got float64, err error, want float64) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		closeTo(t, name, got, want, 1e-12)
	}
	p, err := ParseParams("405B params")
	check("params", float64(p), err, 405e9)
	c, err := ParseFLOP("3.8e25 FLOP")
	check("flop", float64(c), err, 3.8e25)
	c, err = ParseFLOP("38Y")
	check("flop letter", float64(c), err, 38e24)
	r, err := ParseFLOPRate("989.5 TFLOP/s")
	check("rate", float64(r), err, 989.5e12)
	w, err := ParseWatts("1.4 kW")
	check("watts", float64(w), err, 1400)
	u, err := ParseUSD("$2.50")
	check("usd", float64(u), err, 2.5)
	u, err = ParseUSD("6B")
	check("usd letter", float64(u), err, 6e9)
	for s, want := range map[string]float64{
		"30": 30, "30d": 30, "12h": 0.5, "2w": 14, "90m": 0.0625, "86400s": 1, "3 days": 3, "1 week": 7,
	} {
		d, err := ParseDays(s)
		check(s, float64(d), err, want)
	}
	for _, s := range []string{"", "d", "-3d", "0", "1e9d", "36501", "3y", "nan"} {
		if d, err := ParseDays(s); !errors.Is(err, ErrInput) {
			t.Errorf("days %q: got %v, %v", s, d, err)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Tokens(1.3e12).String(), "1.3T"}, {Tokens(999.96e9).String(), "1T"}, {Tokens(999.4e9).String(), "999B"},
		{Tokens(571305717406).String(), "571B"}, {Tokens(0).String(), "0"}, {Tokens(7).String(), "7"},
		{Tokens(1e15).String(), "1,000T"}, {Tokens(1e18).String(), "1e6T"}, {Params(93.565e9).String(), "93.6B"},
		{Params(0.5).String(), "0.5"}, {FLOP(5.07e23).String(), "5.07e23 FLOP"}, {FLOPRate(989.5e12).String(), "990 TFLOP/s"},
		{Watts(1433600).String(), "1.43 MW"}, {Watts(1400).String(), "1.4 kW"}, {Bytes(80e9).String(), "80 GB"},
		{Bytes(2000).String(), "2 kB"}, {KWh(498147).String(), "498 MWh"}, {USD(1.067e6).String(), "1.07M USD"},
		{USD(12).String(), "12 USD"}, {Days(14.478).String(), "14.5 days"}, {Days(1).String(), "1 day"}, {Days(0.771).String(), "18.5 h"}, {Days(0.99999).String(), "1 day"},
		{Days(0).String(), "0 days"}, {aModel(11.7e9), "an 11.7B model"}, {aModel(8e9), "an 8B model"}, {aModel(118e9), "a 118B model"},
		{Seconds(60).String(), "60 s"}, {Seconds(1116).String(), "18.6 min"}, {Seconds(11135).String(), "3.09 h"},
		{Seconds(864000).String(), "10 days"}, {GPUDays(15894.19).String(), "15,894 GPU-days"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func FuzzParseFigures(f *testing.F) {
	for _, s := range []string{"15T", "405B", "1.3e12", "30d", "$2", "989.5 TFLOP/s", "1_0", "-1", "nan", "0x1p9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseTokens(s)
		if err != nil && !errors.Is(err, ErrInput) {
			t.Fatalf("%q: %v is not an input error", s, err)
		}
		if err == nil {
			if checkTokens(d) != nil {
				t.Fatalf("%q: accepted %v", s, float64(d))
			}
			// What is printed is read back to three digits.
			if back, err := ParseTokens(d.String()); d >= 1 && d < 1e15 && (err != nil || math.Abs(float64(back/d)-1) > 0.0051) {
				t.Fatalf("%q prints %q, which reads %v, %v", s, d, float64(back), err)
			}
		}
		_, errParams := ParseParams(s)
		_, errFLOP := ParseFLOP(s)
		_, errRate := ParseFLOPRate(s)
		_, errWatts := ParseWatts(s)
		_, errUSD := ParseUSD(s)
		_, errDays := ParseDays(s)
		for _, err := range []error{errParams, errFLOP, errRate, errWatts, errUSD, errDays} {
			if err != nil && !errors.Is(err, ErrInput) {
				t.Fatalf("%q: %v is not an input error", s, err)
			}
		}
	})
}
