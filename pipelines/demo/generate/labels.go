package main

import "strings"

// labels are the words of a site's furniture in one language.
type labels struct {
	Nav, Footer                      []string
	Cookie, Accept, Reject           string
	Home, Search, Login, Skip        string
	Share, Print, Comments, Reply    string
	Related, Newsletter, Subscribe   string
	Previous, Next, Contents, Rights string
	Promo, Cart, Buy, Reviews        string
	remarks                          []remark // what visitors wrote under articles
}

type remark struct{ Who, Text string }

// furniture returns the labels for a language tag; unknown languages get the
// English ones.
func furniture(lang string) labels {
	switch base, _, _ := strings.Cut(lang, "-"); {
	case lang == "zh-Hant":
		return traditionalLabels()
	case base == "zh":
		return chineseLabels()
	case base == "de":
		return germanLabels()
	case base == "fr":
		return frenchLabels()
	case base == "es":
		return spanishLabels()
	case base == "ja":
		return japaneseLabels()
	case base == "ru":
		return russianLabels()
	}
	return englishLabels()
}

func englishLabels() labels {
	return labels{
		Nav:    []string{"Home", "Articles", "Forum", "Archive", "Gallery", "About us"},
		Footer: []string{"Contact", "Imprint", "Accessibility", "Sitemap"},
		Cookie: "This site uses cookies so that we can remember your settings and count visits.", Accept: "Accept all", Reject: "Only necessary",
		Home: "Home", Search: "Search", Login: "Log in", Skip: "Skip to content", Share: "Share", Print: "Print this page",
		Comments: "Comments", Reply: "Reply", Related: "You may also like", Newsletter: "Newsletter", Subscribe: "Subscribe",
		Previous: "« Previous", Next: "Next »", Contents: "Contents", Rights: "All rights reserved.",
		Promo: "Free delivery on orders over 50", Cart: "Cart", Buy: "Add to cart", Reviews: "Reviews",
		remarks: []remark{
			{"hugo77", "Great read, thanks!"}, {"Annika", "Bookmarked for the weekend."}, {"p.moreau", "My grandfather used to tell me the same thing."},
			{"saltmarsh", "First!"}, {"Bev", "Does anybody have a link to part two?"}, {"quietreader", "Finally somebody explains this properly."},
			{"Tobias L.", "I disagree with the last paragraph, but the rest is spot on."}, {"mapleleaf", "Shared this with my class."},
		},
	}
}

func chineseLabels() labels {
	return labels{
		Nav:    []string{"首页", "文章", "论坛", "专题", "图片", "关于我们"},
		Footer: []string{"联系我们", "网站地图", "版权声明", "意见反馈"},
		Cookie: "本网站使用浏览器缓存来记住您的设置。", Accept: "同意", Reject: "拒绝",
		Home: "首页", Search: "搜索", Login: "登录", Skip: "跳到正文", Share: "分享到", Print: "打印本页",
		Comments: "网友评论", Reply: "回复", Related: "相关阅读", Newsletter: "订阅", Subscribe: "立即订阅",
		Previous: "上一篇", Next: "下一篇", Contents: "目录", Rights: "版权所有 未经许可不得转载",
		Promo: "满一百元包邮", Cart: "购物车", Buy: "加入购物车", Reviews: "买家评价",
		remarks: []remark{
			{"清风", "写得真好，收藏了。"}, {"路人甲", "沙发！"}, {"小满", "学到了，谢谢分享。"}, {"老胡", "我小时候也是这样。"},
			{"不吃香菜", "期待下一篇。"}, {"北方有鱼", "最后一段有不同意见，不过整体很实用。"}, {"云朵", "已经转发给家里人看了。"},
		},
	}
}

func traditionalLabels() labels {
	return labels{
		Nav:    []string{"首頁", "文章", "討論區", "專題", "相簿", "關於我們"},
		Footer: []string{"聯絡我們", "網站導覽", "著作權聲明", "意見回饋"},
		Cookie: "本網站會記錄您的瀏覽設定以改善服務。", Accept: "我知道了", Reject: "不同意",
		Home: "首頁", Search: "搜尋", Login: "登入", Skip: "跳到內文", Share: "分享", Print: "友善列印",
		Comments: "留言", Reply: "回覆", Related: "延伸閱讀", Newsletter: "電子報", Subscribe: "訂閱",
		Previous: "上一篇", Next: "下一篇", Contents: "目錄", Rights: "版權所有 請勿轉載",
		Promo: "滿千免運", Cart: "購物車", Buy: "放入購物車", Reviews: "評價",
		remarks: []remark{{"小魚", "謝謝分享，好懷念。"}, {"阿德", "推一個。"}, {"Mandy", "週末來試試看。"}},
	}
}

func germanLabels() labels {
	return labels{
		Nav:    []string{"Startseite", "Artikel", "Forum", "Archiv", "Bilder", "Über uns"},
		Footer: []string{"Kontakt", "Impressum", "Datenschutz", "Übersicht"},
		Cookie: "Diese Seite verwendet Cookies, um Einstellungen zu speichern.", Accept: "Alle annehmen", Reject: "Nur notwendige",
		Home: "Startseite", Search: "Suche", Login: "Anmelden", Skip: "Zum Inhalt", Share: "Teilen", Print: "Drucken",
		Comments: "Kommentare", Reply: "Antworten", Related: "Das könnte Sie auch interessieren", Newsletter: "Rundbrief", Subscribe: "Bestellen",
		Previous: "Zurück", Next: "Weiter", Contents: "Inhalt", Rights: "Alle Rechte vorbehalten.",
		remarks: []remark{{"Heiner", "Schöner Bericht!"}, {"Ulla K.", "Danke, das probiere ich aus."}},
	}
}

func frenchLabels() labels {
	return labels{
		Nav:    []string{"Accueil", "Articles", "Forum", "Archives", "Galerie", "À propos"},
		Footer: []string{"Contact", "Mentions légales", "Plan du site", "Aide"},
		Cookie: "Ce site utilise des cookies pour mémoriser vos choix.", Accept: "Tout accepter", Reject: "Refuser",
		Home: "Accueil", Search: "Rechercher", Login: "Connexion", Skip: "Aller au contenu", Share: "Partager", Print: "Imprimer",
		Comments: "Commentaires", Reply: "Répondre", Related: "À lire aussi", Newsletter: "Lettre d'information", Subscribe: "S'abonner",
		Previous: "Précédent", Next: "Suivant", Contents: "Sommaire", Rights: "Tous droits réservés.",
		remarks: []remark{{"Solène", "Merci pour ce bel article."}, {"JPD", "J'y étais, quelle ambiance !"}},
	}
}

func spanishLabels() labels {
	return labels{
		Nav:    []string{"Inicio", "Artículos", "Foro", "Archivo", "Galería", "Quiénes somos"},
		Footer: []string{"Contacto", "Aviso legal", "Mapa del sitio", "Ayuda"},
		Cookie: "Este sitio utiliza cookies para recordar sus preferencias.", Accept: "Aceptar", Reject: "Rechazar",
		Home: "Inicio", Search: "Buscar", Login: "Entrar", Skip: "Ir al contenido", Share: "Compartir", Print: "Imprimir",
		Comments: "Comentarios", Reply: "Responder", Related: "También te puede interesar", Newsletter: "Boletín", Subscribe: "Suscribirse",
		Previous: "Anterior", Next: "Siguiente", Contents: "Índice", Rights: "Todos los derechos reservados.",
		remarks: []remark{{"Nuria", "¡Qué buen reportaje!"}, {"paco_r", "Mi abuelo tenía uno igual."}},
	}
}

func japaneseLabels() labels {
	return labels{
		Nav:    []string{"ホーム", "記事", "掲示板", "特集", "写真", "このサイトについて"},
		Footer: []string{"お問い合わせ", "サイトマップ", "利用規約", "ヘルプ"},
		Cookie: "このサイトでは設定を保存するためにクッキーを使用しています。", Accept: "同意する", Reject: "拒否する",
		Home: "ホーム", Search: "検索", Login: "ログイン", Skip: "本文へ", Share: "共有", Print: "印刷",
		Comments: "コメント", Reply: "返信", Related: "関連記事", Newsletter: "メールマガジン", Subscribe: "登録",
		Previous: "前へ", Next: "次へ", Contents: "目次", Rights: "無断転載を禁じます。",
		remarks: []remark{{"たぬき", "行ってみたいです。"}, {"みどり", "参考になりました。"}},
	}
}

func russianLabels() labels {
	return labels{
		Nav:    []string{"Главная", "Статьи", "Форум", "Архив", "Фото", "О нас"},
		Footer: []string{"Контакты", "Карта сайта", "Правила", "Помощь"},
		Cookie: "Сайт использует файлы для сохранения ваших настроек.", Accept: "Принять", Reject: "Отклонить",
		Home: "Главная", Search: "Поиск", Login: "Войти", Skip: "К содержанию", Share: "Поделиться", Print: "Печать",
		Comments: "Комментарии", Reply: "Ответить", Related: "Читайте также", Newsletter: "Рассылка", Subscribe: "Подписаться",
		Previous: "Назад", Next: "Вперёд", Contents: "Содержание", Rights: "Все права защищены.",
		remarks: []remark{{"Валентина", "Спасибо, очень интересно!"}, {"Дед Макар", "У нас так же."}},
	}
}
