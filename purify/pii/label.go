package pii

import (
	"slices"
	"strings"
)

// labelSet are words that say what the number behind them is: those of letters stand
// alone, those of other scripts touch what is before.
type labelSet struct {
	words    map[string]bool
	suffixes []string
}

func newLabels(words string, suffixes ...string) *labelSet {
	l := &labelSet{words: map[string]bool{}, suffixes: suffixes}
	for w := range strings.FieldsSeq(words) {
		l.words[w] = true
	}
	return l
}

var (
	phoneLabels = newLabels("tel tél tÉl tÉlÉphone fone telephone telephones telefon telefono teléfono téléphone telefone telefoon telefonu phone phones ph fon "+
		"mobile mobil móvil movil cell cellphone cellular celular handy handynummer telefonnummer rufnummer fax telefax fono mob call calls ring text sms "+
		"whatsapp viber telegram signal contact hotline helpline freephone tollfree toll-free dial gsm ponsel telp hubungi "+
		"portable appelez appeler llame llamar ligue numéro номер Номер телефон Телефон Телефоны тел Тел факс Факс звоните Звоните моб Моб τηλ Τηλ τηλέφωνο Τηλέφωνο điện Điện thoại đt sđt telf contacto kontakt cep",
		"电话", "電話", "手机", "手機", "手机号", "手机号码", "电话号码", "電話號碼", "联系方式", "聯絡電話", "联系电话", "热线", "熱線", "传真", "傳真", "座机", "咨询", "致电", "拨打", "撥打", "联系人", "联系",
		"號碼", "号码", "移动电话", "短信", "携帯", "番号", "連絡先", "お電話", "ファックス", "전화", "전화번호", "휴대폰", "연락처", "핸드폰", "팩스", "문의", "هاتف", "الهاتف", "جوال", "موبايل", "تلفن", "फोन", "मोबाइल", "โทร", "โทรศัพท์", "☎", "☏", "📞", "📱", "✆")
	cardLabels = newLabels("card cards cc visa mastercard amex maestro discover jcb unionpay debit credit karte kreditkarte kartennummer carte tarjeta carta cartão pan acct account",
		"卡号", "卡號", "银行卡", "銀行卡", "银行卡号", "储蓄卡", "信用卡", "账号", "帐号", "賬號", "帳號", "账户", "帐户", "借记卡", "卡", "カード", "カード番号", "카드", "карты", "карта", "银联", "工行", "农行", "建行", "中行", "招行", "交行", "银行")
	idLabels  = newLabels("id idcard identity", "身份证", "身份證", "身份证号", "身份证号码", "身份證號", "身份證號碼", "公民身份号码", "证件号", "证件号码", "證件號碼", "居民身份证", "身份号码")
	ssnLabels = newLabels("ssn ssns security", "社会安全号", "社会安全号码", "社会保障号")

	// numberLabels say that a number is none of a person.
	numberLabels = newLabels("order orders invoice receipt tracking isbn isbn-10 isbn-13 issn ean upc gtin asin sku serial sn model part item items ref reference case ticket "+
		"doi pmid pmcid arxiv patent version v ver build rev revision bug issue pr id ids uid uuid key hash checksum total sum count size bytes page pages pp vol volume no nr"+
		" timestamp epoch time date lat latitude lon lng longitude coordinates isin cusip vat tin ein ustid siret siren abn crn nip cnpj cpf registration lot batch bestellnummer rechnung "+
		"commande pedido заказ инн огрн снилс bestellung article artikel artikelnummer fig table section qq",
		"订单", "訂單", "订单号", "订单编号", "单号", "單號", "编号", "編號", "流水号", "运单号", "快递单号", "货号", "型号", "批号", "批准文号", "条码", "条形码", "序列号", "学号", "工号", "案号", "许可证", "许可证号", "备案号", "备案",
		"信用代码", "代码", "群", "群号", "期号", "专利号", "准考证号", "合同号", "发票号", "发票号码", "票号", "车架号", "区号", "邮编", "版本", "版本号", "商品编号", "产品编号", "项目编号", "交易号", "注册号", "文号", "字第", "价格", "总价", "金额", "售价",
		"注文番号", "番号", "주문번호", "时间戳", "经度", "纬度", "坐标", "序号", "股票代码", "统一社会信用代码", "税号", "图号", "书号", "标准书号", "统一书号", "登录号", "编码")

	// joints stand between a label and its number.
	joints = newLabels("is at us me number numbers no nr num or and to the on my our your directly now here via numéro número numero nummer номер phone tel mobile "+
		"office work home main ext code free line reception whatsapp um le la el au al het", "是", "为", "為", "号", "號", "码", "碼", "号码", "號碼", "或", "和", "及", "请", "请拨打", "は")
)

// calls reports whether the text before text[i] calls what stands there one of the
// labels: the label is the last word of the line, or of the line before, but for few
// words such as "number is".
func (s *scan) calls(i int, labels *labelSet) bool {
	const window = 72
	var buffer [window]byte
	before := appendLowerASCII(buffer[:0], s.text[max(0, i-window):i])
	for range 4 {
		before = trimLabelMarks(before)
		word, rest := lastWord(before)
		if len(word) > 0 && labels.words[string(word)] {
			return true
		}
		if labels.suffixOf(before) > 0 {
			return true
		}
		if n := joints.suffixOf(before); n > 0 {
			before = before[:len(before)-n]
		} else if len(word) > 0 && joints.words[string(word)] {
			before = rest
		} else {
			return false
		}
	}
	return false
}

func (l *labelSet) suffixOf(s []byte) int {
	if len(s) == 0 || s[len(s)-1] < 0x80 && !isASCII(s[len(s)-1], classLetter) {
		return 0
	}
	longest := 0
	for _, x := range l.suffixes {
		if len(x) > longest && len(x) <= len(s) && string(s[len(s)-len(x):]) == x {
			longest = len(x)
		}
	}
	return longest
}

// appendLowerASCII appends a text, its ASCII letters as small ones.
func appendLowerASCII(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

var labelMarks = [...]string{"：", "（", "）", "【", "】", "，", "、", "；", "\u00a0", "\u3000", "》", "《", "“", "”", "「", "」", "–", "—", "→", "•", "·", "｜"}

// trimLabelMarks cuts what may stand between a label and its number.
func trimLabelMarks(s []byte) []byte {
	for len(s) > 0 {
		c := s[len(s)-1]
		if strings.IndexByte(" \t\n\r:.()[]{}+-=\"'#*>|/,;&_`<", c) >= 0 {
			s = s[:len(s)-1]
			continue
		}
		if c < 0x80 {
			return s
		}
		i := slices.IndexFunc(labelMarks[:], func(m string) bool { return len(m) <= len(s) && string(s[len(s)-len(m):]) == m })
		if i < 0 {
			return s
		}
		s = s[:len(s)-len(labelMarks[i])]
	}
	return s
}

// lastWord cuts the last word of ASCII letters and of letters of two bytes off.
func lastWord(s []byte) (word, rest []byte) {
	i := len(s)
	for i > 0 && (isASCII(s[i-1], classLetter) || s[i-1] >= 0x80 && latinEnds(s[:i])) {
		if s[i-1] >= 0x80 {
			i--
		}
		i--
	}
	return s[i:], s[:i]
}

// latinEnds reports whether s ends in a rune of two bytes: Latin, Greek, Cyrillic.
func latinEnds(s []byte) bool {
	return len(s) > 1 && s[len(s)-2] >= 0xC3 && s[len(s)-2] <= 0xD3
}
