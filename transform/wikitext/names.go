package wikitext

import "strings"

// fileSpaces and categorySpaces are what the namespaces of files and categories are
// called, in the languages of the larger wikis, folded to lower case. English is
// understood everywhere. Source: the <namespaces> of each wiki's dump.
var (
	fileSpaces = names(`file image media datei bild medium fichier archivo imagen ficheiro arquivo imagem
		immagine bestand afbeelding plik grafika файл изображение медиа файл зображення ファイル 画像 メディア
		文件 檔案 档案 图像 圖像 图片 圖片 媒体 媒體 파일 그림 ملف صورة ميديا پرونده تصویر קובץ תמונה fil bilde billede
		tiedosto kuva soubor obrázok súbor fájl kép dosya resim tập_tin hình ไฟล์ ภาพ berkas gambar fișier imagine
		αρχείο εικόνα картинка चित्र চিত্র fitxer imatge fitxategi irudi datoteka slika dosiero fail fail vaizdas
		attēls pilt файл выява сурет`)
	categorySpaces = names(`category kategorie catégorie categoría categoria categorie kategoria категория категорія
		カテゴリ 分类 分類 분류 تصنيف رده קטגוריה kategori luokka kategória kategoriju thể_loại หมวดหมู่ κατηγορία श्रेणी
		বিষয়শ্রেণী kategorija kategoria kategorio kategooria kategorija катэгорыя санат`)
)

// plainTemplates are templates that dress their words and say nothing else: what stands
// for them is an argument, by its number, -1 the last. All others are dropped.
var plainTemplates = map[string]int{
	"lang": 2, "transl": -1, "transliteration": -1, "nowrap": 1, "nobr": 1, "nobold": 1, "noitalic": 1, "small": 1, "big": 1,
	"math": 1, "mvar": 1, "tmath": 1, "abbr": 1, "abbrlink": 1, "tooltip": 1, "sic": 1, "em": 1, "strong": 1, "smallcaps": 1,
	"sc": 1, "sup": 1, "sub": 1, "overline": 1, "var": 1, "code": 1, "mono": 1, "kbd": 1, "samp": 1, "quote": 1,
	"blockquote": 1, "cquote": 1, "lj": 1, "link-en": 1, "le": 1, "link": 1, "nihongo": 1, "zh-hans": 1, "zh-hant": 1,
	"ruby": 1, "ruby-ja": 1, "仮リンク": 1, "lien": 1, "iw": 1, "ill": 1, "interlanguage link": 1, "link-interwiki": 1,
}

// referenceSections are titles of sections that hold no prose: sources, notes, links.
var referenceSections = names(`references reference notes notes_and_references footnotes citations sources bibliography
	works_cited external_links external_link see_also further_reading literature cited_works
	einzelnachweise weblinks siehe_auch literatur quellen anmerkungen fußnoten
	références notes_et_références liens_externes voir_aussi bibliographie articles_connexes annexes
	referencias enlaces_externos véase_también bibliografía notas referências ligações_externas ver_também bibliografia
	note collegamenti_esterni voci_correlate altri_progetti bronnen externe_links zie_ook przypisy linki_zewnętrzne zobacz_też
	примечания ссылки литература см._также источники примітки посилання література див._також джерела
	参考文献 参考资料 參考資料 参考来源 參考來源 外部链接 外部連結 外部鏈接 参见 參見 参看 參看 注释 註釋 注解 註解 脚注 腳註 資料來源 资料来源 相关条目 相關條目
	延伸阅读 延伸閱讀 出典 脚注 注釈 外部リンク 関連項目 関連文献 注釈・出典 脚注・出典 각주 외부_링크 같이_보기 참고_문헌 참고_자료 المراجع مراجع وصلات_خارجية انظر_أيضا
	referanslar kaynakça dış_bağlantılar ayrıca_bakınız tham_khảo liên_kết_ngoài xem_thêm ghi_chú อ้างอิง แหล่งข้อมูลอื่น ดูเพิ่ม
	referensi pranala_luar lihat_pula referenser externa_länkar se_även lähteet aiheesta_muualla katso_myös reference externí_odkazy související_články`)

// names is the set of words that a list holds, _ standing for a space.
func names(list string) map[string]bool {
	set := map[string]bool{}
	for n := range strings.FieldsSeq(list) {
		set[strings.ReplaceAll(n, "_", " ")] = true
	}
	return set
}

// folded is a name as the tables have it.
func folded(s string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '_' || r == '\t' || r == '\n' || r == '\u00a0'
	}), " "))
}
