package pii

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestPhonesOfTheWorld: the example of every kind of number of every territory is found
// with its calling code, and behind a word that says so as it is written at home.
func TestPhonesOfTheWorld(t *testing.T) {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	found := func(s *Stage, text string) bool { return s.Replace(text) != text }
	plus := openPII(t, PII{Actions: map[string]string{"all": actionOff, "phone": actionReplace}}, 1)
	tried, home, bare, missedHome, missedBare := 0, 0, 0, 0, 0
	for _, m := range all.GetMetadata() {
		region := m.GetId()
		var at *Stage
		if region != "001" {
			at = openPII(t, PII{Actions: map[string]string{"all": actionOff, "phone": actionReplace}, Phones: strings.ToLower(region)}, 1)
		}
		for _, d := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetVoip()} {
			if len(d.GetExampleNumber()) < minPhoneDigits {
				continue
			}
			var number *phonenumbers.PhoneNumber
			if n, err := phonenumbers.Parse("+"+strconv.Itoa(int(m.GetCountryCode()))+d.GetExampleNumber(), ""); err == nil {
				number = n
			} else {
				continue
			}
			for _, f := range []phonenumbers.PhoneNumberFormat{phonenumbers.INTERNATIONAL, phonenumbers.E164} {
				tried++
				if text := "at " + phonenumbers.Format(number, f) + "."; !found(plus, text) {
					t.Errorf("%s: %q is not found", region, text)
				}
			}
			if at == nil {
				continue
			}
			written := phonenumbers.Format(number, phonenumbers.NATIONAL)
			if strings.ContainsAny(written, "*abcdefghijklmnopqrstuvwxyz") || len(written) < 8 {
				continue
			}
			home++
			if !found(at, "Tel. "+written+" now") {
				missedHome++
				t.Logf("%s: Tel. %q is not found", region, written)
			}
			bare++
			if !found(at, "at "+written+" now") {
				missedBare++
			}
		}
	}
	t.Logf("%d with calling code; %d of %d behind Tel., %d of %d bare", tried, home-missedHome, home, bare-missedBare, bare)
	if tried < 1000 || missedHome*50 > home {
		t.Errorf("%d of %d numbers behind a label are not found", missedHome, home)
	}
}
