package language

import (
	"strings"
	"unicode/utf8"
)

// The kinds of Chinese that only the column variant tells apart.
const (
	taiwanese = "zh-Hant-TW"
	hongKong  = "zh-Hant-HK"
	classical = "lzh"
)

// variantOf names the kind of a text whose language has several: of Chinese
// zh-Hans, zh-Hant, zh-Hant-TW, zh-Hant-HK, yue and lzh, of Serbian sr-Cyrl and
// sr-Latn; "" for others and where nothing speaks for one.
func variantOf(code, text string) string {
	switch {
	case baseOf(code) == "zh":
		kind := chineseVariant(text)
		if kind != cantonese && isClassical(text) {
			return classical
		}
		if kind == traditionalChinese {
			return region(text)
		}
		if kind == "zh" {
			return ""
		}
		return kind
	case code == "sr":
		var l letters
		l.count(firstRunes(text, maxVariantRunes))
		if l.byModel[0] > l.byModel[1] {
			return "sr-Latn"
		}
		return "sr-Cyrl"
	}
	return ""
}

// Marks of classical Chinese, and of the modern language that it lacks.
const (
	classicalMarks = "之其曰也矣焉哉乎者而於乃豈吾爾汝其于尔岂"
	modernMarks    = "的了是們这這在们我你他她很把被嗎吗呢吧"
)

// isClassical tells literary Chinese by the density of its particles: at least
// classicalDensity in thousandths of the Han letters, and fewer of the modern ones
// than a fifth of that. A text needs classicalLetters to be called so.
func isClassical(text string) bool {
	const classicalDensity, classicalLetters = 90, 20
	han, old, modern := 0, 0, 0
	for _, r := range firstRunes(text, maxVariantRunes) {
		if r < hanFirst || r >= hanEnd {
			continue
		}
		han++
		switch {
		case strings.ContainsRune(classicalMarks, r):
			old++
		case strings.ContainsRune(modernMarks, r):
			modern++
		}
	}
	return han >= classicalLetters && old*1000 >= classicalDensity*han && modern*5 <= old
}

// Words and characters of traditional texts that are written so in one region. Those
// of one character weigh a third of a word: the other region has them at times.
const (
	taiwanWords = "軟體 硬體 網路 影片 計程車 捷運 滑鼠 記憶體 螢幕 品質 透過 專案 部落格 公尺 台灣 臺灣 臺北 台北 高雄 新台幣 立法院 立委 行政院 縣市 公車 機車 國中 民進黨 國民黨 程式 資料夾 印表機 解析度 搜尋 連結 預設 檢視 巨集 " +
		"川普 歐巴馬 雪梨 義大利 寮國 杜拜 沙烏地 葉門 卡達 奈及利亞 肯亞 衣索比亞 坦尚尼亞 查德 幾內亞比索 " +
		"人工智慧 智慧型手機 智慧財產權 網際網路 行動電話 伺服器端 硬碟 光碟機 隨身碟 列印 資料庫 簡訊 訊息傳遞 雷射 奈米 位元 陣列 迴圈 演算法 作業系統 使用者 " +
		"腳踏車 泡麵 優格 鳳梨 起司 公分 國小 里長 鄉鎮市 總統府 警政署 新北 桃園市 台中 臺中 台南 臺南 花蓮 屏東 彰化 立委 縣長 國軍 健保 勞保 發票獎 民眾 媒合 品項 " +
		"裡 著 臺"
	hongKongWords = "軟件 硬件 網絡 短片 的士 港鐵 巴士 屋苑 特首 特區政府 立法會 港元 港幣 香港 本港 行政長官 區議會 公屋 九龍 新界 強積金 質素 打印機 智能 視像 手提電話 單車 警務處 元朗 沙田 屯門 旺角 回歸 " +
		"港人 港府 訪港 警員 屋邨 風球 升降機 泊車 電郵 上載 短訊 八達通 茶餐廳 銅鑼灣 尖沙咀 灣仔 荃灣 觀塘 將軍澳 大嶼山 葵涌 深水埗 維港 施政報告 政制 差餉 " +
		"碧咸 朗拿度 數碼港 樓宇買賣 居屋 公務員事務局 保安局 教育局局長 廉政公署 金管局 港交所 恒指 恒生 報章 傳媒機構 衞 綫 裏 着 説 税 户 温 脱 悦"
)

// regionMarks are the words by their first character; a word of one stands for itself.
var regionMarks = func() map[rune][]regionMark {
	m := map[rune][]regionMark{}
	for words, sign := range map[string]int{taiwanWords: 1, hongKongWords: -1} {
		for word := range strings.FieldsSeq(words) {
			first, rest := []rune(word)[0], string([]rune(word)[1:])
			weight := 3 * sign
			if rest == "" {
				weight = sign
			}
			m[first] = append(m[first], regionMark{rest, weight})
		}
	}
	return m
}()

type regionMark struct {
	rest   string
	weight int // above 0: Taiwan
}

// region tells the traditional texts of Taiwan and Hong Kong by their words;
// zh-Hant where they balance.
func region(text string) string {
	sum := 0
	text = firstRunes(text, maxVariantRunes)
	for i, r := range text {
		if r < hanFirst { // none of the words begins so
			continue
		}
		for _, m := range regionMarks[r] {
			if strings.HasPrefix(text[i+utf8.RuneLen(r):], m.rest) {
				sum += m.weight
			}
		}
	}
	switch {
	case sum > 0:
		return taiwanese
	case sum < 0:
		return hongKong
	}
	return traditionalChinese
}
