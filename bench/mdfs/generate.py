"""Writes archives of pages for the recipe mdfs-zh: python3 generate.py TEXTS.jsonl.gz OUT DOCUMENTS

TEXTS has Chinese texts as JSON lines (gold or text). Of their lines pages are made: articles,
short and long ones, tails of headlines, menus, lists, spam of a few templates, novels that
speak, copies and near copies; hosts of one kind each, one in ten of which has menus for the
most part. The same arguments give the same bytes.
"""
import gzip
import json
import os
import random
import sys

SPAM = ["加微信 a{n}b 领取彩金，注册送{n}元，百家乐真人娱乐城首存优惠", "代开发票，税点低，电话1381234{n:04d}", "私服开服 传奇{n}区 满级神装 www.x{n}.example"]
MENU = ["首页", "关于我们", "联系我们", "产品中心", "新闻动态", "友情链接", "网站地图", "会员登录", "上一页", "下一页"]
SPEECH = ["“你来了？”他问。", "“我不知道。”她低声说道，转过身去。", "“走吧。”他冷笑一声，拔出长剑。"]


def lines_of(path):
    lines = []
    with gzip.open(path, "rt", encoding="utf-8") as f:
        for row in f:
            d = json.loads(row)
            text = d.get("gold") or d.get("text") or ""
            lines += [l.strip() for l in text.split("\n") if len(l.strip()) > 25 and sum("\u4e00" <= c <= "\u9fff" for c in l) > 0.6 * len(l)]
    return sorted(set(lines))


def page(rng, lines, made, kind):
    if kind == "menu":
        return [rng.choice(MENU) for _ in range(40)]
    if kind == "copy" and made:
        return made[rng.randrange(len(made))]
    if kind == "near" and made:
        p = list(made[rng.randrange(len(made))])
        p[rng.randrange(len(p))] = rng.choice(lines)
        return p
    p = [rng.choice(lines) for _ in range(rng.choice([1, 4, 8, 12, 20]))]
    if kind == "spam":
        p.insert(rng.randrange(len(p) + 1), rng.choice(SPAM).format(n=rng.randrange(10000)))
    if kind == "novel":
        p = [x for l in p for x in (l, rng.choice(SPEECH))]
    return p


def main(texts, out, documents):
    lines, rng, made = lines_of(texts), random.Random(1), []
    os.makedirs(out, exist_ok=True)
    kinds = ["article"] * 11 + ["spam"] * 2 + ["novel"] * 3 + ["copy", "near", "menu", "article"]
    for first in range(0, documents, 2500):
        with open(f"{out}/{first // 2500:04d}.warc.gz", "wb") as f:
            for i in range(first, min(first + 2500, documents)):
                host = rng.randrange(max(documents // 60, 1))
                kind = rng.choice(["menu"] * 9 + ["article"]) if host % 10 == 0 else rng.choice(kinds)
                p = page(rng, lines, made, kind)
                if kind == "article" and len(made) < 5000:
                    made.append(p)
                body = "".join(f"<p>{l}</p>\n" for l in p)
                html = f"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><title>{p[0][:20]}</title></head><body><article>{body}</article></body></html>"
                http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
                head = (f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://h{host}.example/{kind}/{i}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
                        f"WARC-Record-ID: <urn:uuid:{i:032x}>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n").encode()
                f.write(gzip.compress(head + http + b"\r\n\r\n", 1, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
