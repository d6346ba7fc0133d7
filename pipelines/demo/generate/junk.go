package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/corpusmill/corpusmill/pipelines/demo"
)

// junkArticles are the pages that no recipe should keep. They are made by
// rule, because that is how such pages are made in the wild.
func junkArticles() []article {
	var all []article
	for _, pages := range []func() []article{keywordPages, repeatPages, wordLists, shortPages,
		linkPages, symbolPages, scriptPages} {
		all = append(all, pages()...)
	}
	for i := range all {
		all[i].charset, all[i].declared = "utf-8", "utf-8"
	}
	return all
}

func junk(url, title, template, lang, kind string, fate demo.Fate, lines ...string) article {
	a := article{url: url, title: title, template: template, lang: lang, kind: kind, fate: string(fate)}
	for _, l := range lines {
		a.body = append(a.body, block{kind: paragraph, text: l})
	}
	return a
}

// keywordPages repeat a few phrases in ever new order.
func keywordPages() []article {
	topics := [][]string{
		{"cheap running shoes", "buy running shoes online", "best running shoes 2026", "discount running shoes", "running shoes free shipping"},
		{"payday loan now", "instant loan approval", "bad credit loan", "loan without documents", "fast cash loan online"},
		{"seo service agency", "cheap backlinks", "rank number one", "buy website traffic", "guest post service"},
		{"replica watches", "luxury replica watches", "swiss replica", "best replica watch store", "replica watches sale"},
	}
	var all []article
	for i, phrases := range topics {
		r := rand.New(rand.NewPCG(uint64(i), 11))
		var lines []string
		for range 8 {
			var b strings.Builder
			for range 22 {
				b.WriteString(phrases[r.IntN(len(phrases))] + " ")
			}
			lines = append(lines, strings.TrimSpace(b.String()))
		}
		host := []string{"top-deals-direct.test", "quick-money-now.test", "rank-booster.test", "watch-outlet-store.test"}[i]
		all = append(all, junk("http://"+host+"/"+strings.ReplaceAll(phrases[0], " ", "-")+".html", phrases[0]+" - "+phrases[1],
			"blog", "en", "spam", demo.Spam, lines...))
	}
	zh := []string{"代开发票", "正规发票", "发票代开公司", "增值税发票", "加微信咨询", "先验后付"}
	for i := range 2 {
		r := rand.New(rand.NewPCG(uint64(i), 12))
		var lines []string
		for range 10 {
			var b strings.Builder
			for range 18 {
				b.WriteString(zh[r.IntN(len(zh))])
			}
			lines = append(lines, b.String())
		}
		all = append(all, junk(fmt.Sprintf("http://piao%d.guanggao.test/kaipiao-%d.html", i, 300+i), "代开发票 正规发票 加微信",
			"zhnews", "zh", "spam", demo.Spam, lines...))
	}
	return all
}

// repeatPages say one thing over and over.
func repeatPages() []article {
	texts := []struct{ url, template, lang, line string }{
		{"http://download-zone.test/free/driver-update", "blog", "en", "Click here to download the latest driver update for your computer for free."},
		{"http://win-a-phone.test/lucky/visitor", "article", "en", "Congratulations, you are the visitor with the number one million and you have won a telephone."},
		{"http://meet-local-people.test/city/all", "plain", "en", "There are many interesting people near you who are waiting for your message right now."},
		{"http://youhui.maimai.test/zhe/quanchang", "zhblog", "zh", "全场商品一律一折起，今天下单马上发货，错过再等一年。"},
		{"http://zhaopin.jianzhi.test/rizhi/shouji", "zhnews", "zh", "手机兼职，每天两小时，轻松赚三百元，不收任何费用，名额有限。"},
	}
	var all []article
	for _, t := range texts {
		var lines []string
		for range 36 {
			lines = append(lines, t.line)
		}
		a := junk(t.url, t.line, t.template, t.lang, "spam", demo.Spam, lines...)
		if t.template == "article" {
			a.template = "news"
		}
		all = append(all, a)
	}
	return all
}

// wordLists are texts without any grammar.
func wordLists() []article {
	games := strings.Fields("roulette jackpot bonus spins poker blackjack dealer baccarat reels deposit cashback vegas chips odds wager payout VIP table stakes tournament")
	pills := strings.Fields("tablets capsules dosage generic prescription overnight discount refill mg shipping pharmacist supplement ultra brand pack order bottle wholesale express checkout")
	var all []article
	for i, list := range [][]string{games, pills, games, pills} {
		r := rand.New(rand.NewPCG(uint64(i), 13))
		var lines []string
		for range 14 {
			var w []string
			for range 12 + r.IntN(10) {
				w = append(w, list[r.IntN(len(list))])
			}
			lines = append(lines, strings.Join(w, " "))
		}
		host := []string{"spin-bonus-reviews.test", "med-saver-club.test", "highroller-news.test", "rx-outlet-direct.test"}[i]
		all = append(all, junk(fmt.Sprintf("http://%s/page-%d.html", host, 17+i*4), list[i]+" "+list[i+4]+" "+list[i+8],
			"blog", "en", "spam", demo.Spam, lines...))
	}
	return all
}

func shortPages() []article {
	type short struct{ url, title, template, lang, text string }
	var all []article
	for _, s := range []short{
		{"https://coast-notes.example/gallery/img-0412", "Low tide in March", "blog", "en", "Low tide in March, seen from the old pier."},
		{"https://millbrook-post.example/weather", "Weather for Millbrook", "news", "en", "Cloudy with sunny spells, 14 degrees. Light wind from the west."},
		{"https://shop.copperandsteam.example/p/kettle-seal", "Spare seal for kettle", "shop", "en", "Fits all kettles made since 2021."},
		{"https://docs.rowtools.example/manual/changelog", "This page has moved", "docs", "en", "This page has moved. Please update your bookmarks."},
		{"https://ask.codehollow.example/q/55121/closed", "Closed question", "docs", "en", "This question was closed because it is a duplicate of another one."},
		{"https://city-waste.example/sorry", "Page not found", "faq", "en", "Sorry, we could not find the page that you were looking for."},
		{"https://oldharbour.example/tickets/thanks", "Thank you", "wiki", "en", "Your order has been received."},
		{"https://news.jiangcheng.test/2026/0401/tupian.html", "图片新闻", "zhnews", "zh", "昨日傍晚，市民在江边散步。"},
		{"https://mall.dengguang.example/item/offline.html", "商品已下架", "zhshop", "zh", "很抱歉，您查看的商品已经下架。"},
		{"https://bbs.jiadian.example/thread-1-1-1.html", "提示信息", "zhforum", "zh", "抱歉，您还没有登录，无法查看这个帖子。"},
		{"https://lib.jiangcheng.test/gonggao/0412", "闭馆通知", "zhfaq", "zh", "因电路检修，四月十二日闭馆一天。"},
		{"https://kepu.xingye.test/kong", "建设中", "zhwiki", "zh", "这个页面还在建设中。"},
	} {
		all = append(all, junk(s.url, s.title, s.template, s.lang, "short", demo.Short, s.text))
	}
	return all
}

// linkPages are directories: many short lines, no sentences.
func linkPages() []article {
	things := strings.Split("Bicycles,Garden tools,Wardrobes,Pianos,Sewing machines,Canoes,Bookshelves,Greenhouses,Radios,Prams,Typewriters,Anvils", ",")
	towns := strings.Split("Millbrook,Upper Fallow,Harbourtown,Stanlow,Seafield,Oakfield,Canal Street,Larchmont", ",")
	var all []article
	for i, host := range []string{"classifieds.harbourtown.test", "links.weboldies.test", "tags.fieldnotes-science.example"} {
		var lines []string
		for j, thing := range things {
			for k := range 6 {
				lines = append(lines, thing+" in "+towns[(i*3+j+k)%len(towns)])
			}
		}
		all = append(all, junk(fmt.Sprintf("https://%s/browse/%d", host, i+1), "Browse all offers", "blog", "en", "links", demo.Listing, lines...))
	}
	goods := strings.Split("二手车,家具,电脑,手机,图书,乐器,自行车,童装,厨具,花卉", ",")
	places := strings.Split("江城,青山镇,高新区,老城区,大学城,河东,河西,城南", ",")
	for i, host := range []string{"fenlei.jiangcheng.test", "daohang.wangzhi.test"} {
		var lines []string
		for j, g := range goods {
			for k := range 6 {
				lines = append(lines, places[(i*2+j+k)%len(places)]+g)
			}
		}
		all = append(all, junk(fmt.Sprintf("https://%s/list/%d", host, i+1), "分类信息大全", "zhblog", "zh", "links", demo.Listing, lines...))
	}
	return all
}

func symbolPages() []article {
	var stars, dots, hashes []string
	for i := range 20 {
		stars = append(stars, strings.Repeat("*-=~", 6+i%5)+" ### "+strings.Repeat("|_", 4+i%7))
		dots = append(dots, fmt.Sprintf("page %d ... ... ... … … %d ...", i+1, i*7))
		hashes = append(hashes, fmt.Sprintf("#sunset #sea%d #nofilter #love #photo # # #%d", i, i*i))
	}
	return []article{
		junk("http://ascii.weboldies.test/borders.htm", "*** borders ***", "plain", "en", "symbols", demo.Symbols, stars...),
		junk("http://scans.oldharbour.example/index-of-plates", "Index of plates", "wiki", "en", "symbols", demo.Symbols, dots...),
		junk("https://snapwall.test/u/wave_rider", "#sunset #sea", "blog", "en", "symbols", demo.Symbols, hashes...),
	}
}

func scriptPages() []article {
	return []article{
		junk("https://app.taskboard.test/login", "Task board", "plain", "en", "javascript", demo.JavaScript,
			"You need to enable JavaScript to run this app.", "Please switch on JavaScript in your browser and load the page again."),
		junk("https://maps.valley-observer.test/cycling", "Cycling map", "news", "en", "javascript", demo.JavaScript,
			"JavaScript must be enabled to view this map.", "Your browser has JavaScript turned off or does not support it."),
		junk("https://m.luxing.manbu.test/app", "漫步旅行", "zhblog", "zh", "javascript", demo.JavaScript,
			"请启用 JavaScript 后重新载入本页。"),
	}
}
