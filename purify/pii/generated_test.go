package pii

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// maker makes personal data that nobody has, and what looks like them.
type maker struct{ *rand.Rand }

func (m maker) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(m.IntN(10))
	}
	return string(b)
}

func (m maker) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[m.IntN(len(alphabet))]
	}
	return string(b)
}

func (m maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m maker) luhn(prefix string, n int) string {
	d := prefix + m.digits(n-1-len(prefix))
	for c := byte('0'); c <= '9'; c++ {
		if luhn(append([]byte(d), c)) {
			return d + string(c)
		}
	}
	return ""
}

func (m maker) grouped(d, sep string, sizes ...int) string {
	var parts []string
	for _, n := range sizes {
		if n > len(d) {
			break
		}
		parts, d = append(parts, d[:n]), d[n:]
	}
	if d != "" {
		parts = append(parts, d)
	}
	return strings.Join(parts, sep)
}

func (m maker) wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r + 0xFEE0
		}
		return r
	}, s)
}

func (m maker) idCN() string {
	id := m.pick("110105", "310101", "440524", "510104", "650102", "330106") + fmt.Sprintf("%d%02d%02d", 1940+m.IntN(70), 1+m.IntN(12), 1+m.IntN(28)) + m.digits(3)
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += weight * int(id[i]-'0')
	}
	return id + string("10X98765432"[sum%11])
}

func (m maker) iban() string {
	country := m.pick("DE", "FR", "ES", "GB", "NL", "IT", "PL")
	body := m.digits(ibanLengths[country] - 4)
	switch country {
	case "GB":
		body = "NWBK" + body[4:]
	case "NL":
		body = "ABNA" + body[4:]
	}
	rest := 0
	for _, c := range body + country + "00" {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return fmt.Sprintf("%s%02d%s", country, 98-rest, body)
}

func (m maker) mac(sep string) string {
	for {
		hex := m.from("0123456789abcdef", 12)
		if strings.ContainsAny(hex, "abcdef") {
			return m.grouped(hex, sep, 2, 2, 2, 2, 2, 2)
		}
	}
}

func (m maker) phone() string {
	area, line := m.pick("202", "212", "310", "415", "617", "713"), fmt.Sprintf("%d%s", 2+m.IntN(8), m.digits(2))
	rest := m.digits(4)
	cn := m.pick("138", "139", "150", "186", "177", "199") + m.digits(8)
	switch m.IntN(16) {
	case 0:
		return "(" + area + ") " + line + "-" + rest
	case 1:
		return area + "-" + line + "-" + rest
	case 2:
		return "+1 " + area + " " + line + " " + rest
	case 3:
		return "1-" + area + "-" + line + "-" + rest
	case 4:
		return cn
	case 5:
		return m.grouped(cn, m.pick("-", " "), 3, 4, 4)
	case 6:
		return "+86 " + cn
	case 7:
		return "010-6" + m.digits(7)
	case 8:
		return "(021) 5" + m.digits(7)
	case 9:
		return "020 7" + m.digits(3) + " " + m.digits(4)
	case 10:
		return "+44 20 7" + m.digits(3) + " " + m.digits(4)
	case 11:
		return "01 4" + m.digits(1) + " " + m.digits(2) + " " + m.digits(2) + " " + m.digits(2)
	case 12:
		return "+49 30 2" + m.digits(7)
	case 13:
		return "03-3" + m.digits(3) + "-" + m.digits(4)
	case 14:
		return "+91 98" + m.digits(3) + " " + m.digits(5)
	}
	return m.wide(cn)
}

// datum are data of each kind, each within a sentence of some context.
func (m maker) datum(k kind) string {
	alnum := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	in := func(data string, contexts ...string) string {
		return strings.ReplaceAll(m.pick(append(contexts, "$", "see $.", "（$）", "他说$，然后走了", "- $\n", "\"$\",")...), "$", data)
	}
	switch k {
	case kindEmail:
		name := m.pick("jane.doe", "zhang_san", "info", "j+news", "王"+"lee", "o'neil", m.digits(9), "a.b-c")
		host := m.pick("example.com", "mail.corp.co.uk", "qq.com", "163.com", "uni-köln.de", "gov.cn", "post.museum")
		if m.IntN(8) == 0 {
			return "邮箱：zhang" + m.digits(3) + "＠" + "qq.com。"
		}
		return in(name+"@"+host, "邮箱：$", "mailto:$?subject=x", "<$>", "E-Mail: $;")
	case kindIPv4:
		return in(fmt.Sprintf("%d.%d.%d.%d", 31+m.IntN(60), m.IntN(256), m.IntN(256), m.IntN(256)), "host $ is up", "http://$/x", "from $:8080", "IP地址：$")
	case kindIPv6:
		return in(fmt.Sprintf("2a0%d:%s:%s::%s", m.IntN(10), m.from("123456789abcdef", 3), m.from("123456789abcdef", 4), m.from("123456789abcdef", 2)), "host $ is up", "[$]:443")
	case kindPhone:
		return in(m.phone(), "Tel: $", "call $ now", "手机：$", "电话：$。", "Fax $", "联系电话 $ 张先生")
	case kindCNID:
		id := m.idCN()
		if m.IntN(6) == 0 {
			return "身份证号码：" + m.grouped(id, m.pick(" ", "-"), 6, 8, 4)
		}
		if m.IntN(6) == 0 {
			return "身份证：" + m.wide(id)
		}
		return in(id, "身份证号：$", "身份证$号", "ID: $")
	case kindCNBankCard:
		card := m.luhn(m.pick("622202", "621700", "622848", "625955"), 16+3*m.IntN(2))
		if m.IntN(2) == 0 {
			card = m.grouped(card, m.pick(" ", "-"), 4, 4, 4, 4)
		}
		return in(card, "卡号：$", "银行卡 $", "账号$（工行）")
	case kindPaymentCard:
		if m.IntN(4) == 0 {
			return in(m.grouped(m.luhn("37", 15), " ", 4, 6), "Amex $")
		}
		card := m.luhn(m.pick("4", "51", "55", "2221", "6011", "3530"), 16)
		if m.IntN(2) == 0 {
			card = m.grouped(card, m.pick(" ", "-"), 4, 4, 4)
		}
		return in(card, "card $", "Visa: $ 12/27", "信用卡$")
	case kindIBAN:
		iban := m.iban()
		if m.IntN(2) == 0 {
			iban = m.grouped(iban, " ", 4, 4, 4, 4, 4, 4)
		}
		return in(iban, "IBAN: $", "Konto $ (Sparkasse)")
	case kindMAC:
		if m.IntN(4) == 0 {
			return in(m.grouped(strings.ReplaceAll("a"+m.mac("")[1:11]+"7", ":", ""), ".", 4, 4), "interface $")
		}
		return in(m.mac(m.pick(":", "-")), "MAC: $", "ether $ txqueuelen")
	case kindUSSSN:
		return m.pick("SSN: $", "social security number $", "my SSN is $.", "Social Security No. $") + ""
	case kindAPIKey:
		return in(m.pick("AKIA"+m.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 15)+"7", "ghp_"+m.from(alnum, 36), "sk-proj-"+m.from(alnum, 48), "glpat-"+m.from(alnum, 20), "AIza"+m.from(alnum, 35),
			"xoxb-"+m.digits(12)+"-"+m.from(alnum, 24), "sk_live_"+m.from(alnum, 24), "hf_"+m.from(alnum, 34), "LTAI"+m.from(alnum, 20),
			"api_key = \""+m.from(alnum, 32)+"\"", "client_secret: "+m.from(alnum, 40), "密钥："[:6]+"="+m.from(alnum, 32)), "key $ here", "export KEY=$")
	case kindJWT:
		return in("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ"+m.from(alnum, 40)+"."+m.from(alnum, 43), "Authorization: Bearer $", "token=$")
	case kindPrivateKey:
		var lines []string
		for range 3 {
			lines = append(lines, m.from(alnum+"+/", 64))
		}
		label := m.pick("RSA ", "EC ", "OPENSSH ", "")
		return in("-----BEGIN " + label + "PRIVATE KEY-----\n" + strings.Join(lines, "\n") + "\n-----END " + label + "PRIVATE KEY-----")
	case kindConnection:
		return in(m.pick("postgres", "mysql", "mongodb+srv", "redis", "amqp", "https")+"://"+m.pick("admin", "root", "svc")+":"+m.from(alnum, 12)+"@"+m.pick("db.example.com:5432/prod", "10.0.0.7", "localhost:6379/0"),
			"DATABASE_URL=$", "Server=db;User Id=sa;Password="+m.from(alnum, 10)+";")
	}
	return ""
}

// lookalike are what looks like data of a kind, or of any.
func (m maker) lookalike() string {
	year := func() int { return 1950 + m.IntN(90) }
	switch m.IntN(34) {
	case 0:
		return "订单号：" + m.digits(11)
	case 1:
		return "Order #1" + m.pick("3", "5", "8") + m.digits(9)
	case 2:
		return "Order no. " + m.luhn("4", 16)
	case 3:
		return "ISBN 978-7-" + m.digits(3) + "-" + m.digits(5) + "-" + m.digits(1)
	case 4:
		return "ISBN: 978" + m.digits(10)
	case 5:
		return fmt.Sprintf("version %d.%d.%d.%d", m.IntN(20), m.IntN(20), m.IntN(20), m.IntN(20))
	case 6:
		return fmt.Sprintf("Section %d.%d.%d.%d", 1+m.IntN(9), 1+m.IntN(9), 1+m.IntN(9), 1+m.IntN(9))
	case 7:
		return fmt.Sprintf("%.6f, %.6f", m.Float64()*180-90, m.Float64()*360-180)
	case 8:
		return fmt.Sprintf("%d-%02d-%02d %02d:%02d:%02d", year(), 1+m.IntN(12), 1+m.IntN(28), m.IntN(24), m.IntN(60), m.IntN(60))
	case 9:
		return fmt.Sprintf("%02d/%02d/%d", 1+m.IntN(12), 1+m.IntN(28), year())
	case 10:
		return "commit " + m.from("0123456789abcdef", 40)
	case 11:
		return "md5 " + m.from("0123456789abcdef", 32)
	case 12:
		return "$1," + m.digits(3) + "," + m.digits(3) + "." + m.digits(2)
	case 13:
		return "价格：" + m.digits(3) + "-" + m.digits(4) + "元"
	case 14:
		return "￥1" + m.digits(3) + " " + m.digits(3) + " " + m.digits(3)
	case 15:
		return "€ " + m.digits(3) + " " + m.digits(3) + " " + m.digits(3)
	case 16:
		return "UUID " + m.grouped(m.from("0123456789abcdef", 32), "-", 8, 4, 4, 4)
	case 17:
		return "timestamp 17" + m.digits(11)
	case 18:
		return "icon" + m.digits(2) + "@2x.png"
	case 19:
		return "lodash@4." + m.digits(2) + "." + m.digits(2)
	case 20:
		return "SHA256 fingerprint " + m.grouped(m.from("0123456789ABCDEF", 64), ":", slices.Repeat([]int{2}, 32)...)
	case 21:
		return fmt.Sprintf("%d-%d", year(), year()) + " and " + m.digits(4) + " " + m.digits(4)
	case 22:
		return "统一社会信用代码：91" + m.digits(6) + "MA" + m.from("0123456789ABCDEFGH", 7) + "X"
	case 23:
		return "192.168." + m.digits(1) + "." + m.digits(2) + " 10.0.0." + m.digits(1)
	case 24:
		return "fe80::" + m.from("0123456789abcdef", 4) + " std::vector " + "12:30:45"
	case 25:
		return "身份证 11010519491231" + m.digits(3) + "Y"
	case 26:
		return "DE" + m.digits(9) + " VAT"
	case 27:
		return "part 12-34-56-78-90-12"
	case 28:
		return "api_key: YOUR_API_KEY_HERE_0000"
	case 29:
		return "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	case 30:
		return "postgres://user:password@localhost/db"
	case 31:
		return "-----BEGIN CERTIFICATE-----\n" + m.from("ABCDEFGHabcdefgh0123+/", 64) + "\n-----END CERTIFICATE-----"
	case 32:
		return "运单号：" + m.digits(12) + "，快递单号 " + m.digits(13)
	}
	return "π = 3.14159265358979, 6.02214076 and 299 792 458 m/s, " + m.digits(3) + "." + m.digits(9)
}

// TestPIIGenerated holds precision and recall of every kind on generated data among near
// misses.
func TestGenerated(t *testing.T) {
	const each, near = 400, 6000
	s := openPII(t, PII{Actions: map[string]string{"all": actionTag}}, 1)
	m := maker{rand.New(rand.NewPCG(7, 7))}
	found := func(text string) []hit {
		scan := s.open()
		defer s.close(scan)
		scan.find(text)
		return slices.Clone(resolved(scan.hits))
	}
	var hits, misses, wrong [kinds]int
	var samples [kinds][]string
	for k := range kinds {
		for range each {
			text := m.datum(k)
			if k == kindUSSSN {
				text = strings.ReplaceAll(text, "$", fmt.Sprintf("%03d-%02d-%04d", 1+m.IntN(600), 1+m.IntN(99), 1+m.IntN(9999)))
			}
			ok := false
			for _, h := range found(text) {
				if h.kind == k && !ok {
					ok = true
				} else {
					wrong[h.kind]++
					samples[h.kind] = append(samples[h.kind], "wrong "+kindNames[h.kind]+" "+text[h.start:h.end]+" in "+text)
				}
			}
			if ok {
				hits[k]++
			} else {
				misses[k]++
				samples[k] = append(samples[k], "missed "+text)
			}
		}
	}
	for range near {
		text := m.lookalike()
		for _, h := range found(text) {
			wrong[h.kind]++
			samples[h.kind] = append(samples[h.kind], "wrong "+kindNames[h.kind]+" "+text[h.start:h.end]+" in "+text)
		}
	}
	for k, name := range kindNames {
		precision, recall := float64(hits[k])/float64(hits[k]+wrong[k]), float64(hits[k])/each
		t.Logf("%-18s precision %.3f recall %.3f", name, precision, recall)
		if precision < 0.95 || recall < 0.95 {
			t.Errorf("%s: precision %.3f, recall %.3f: %q", name, precision, recall, samples[k][:min(12, len(samples[k]))])
		}
	}
}
