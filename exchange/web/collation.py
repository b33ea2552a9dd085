"""Names in the order in which the readers of a language look for them.

Python's standard library has no collation, and the libraries that have one bring either a
compiler or no Chinese; the few rules that names of countries and languages need are these. They
follow CLDR, and a test compares them with a browser's own collation.
"""

import unicodedata
from collections.abc import Callable, Iterable

Names = tuple[tuple[str, str], ...]

_ARABIC_SPECIAL = str.maketrans({"ة": "ت", "ى": "ي"})
"""Letters that CLDR sorts as others."""
_HEBREW_FINAL = str.maketrans("ךםןףץ", "כמנפצ")
_KEPT_WHOLE = frozenset("йآ")
"""Letters of their own, although Unicode takes them apart."""
_UNLIKE_THEIR_SHAPE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i", "ß": "ss"})
_PINYIN = """
    阿埃艾爱安昂奥澳巴白百拜班板邦保堡北贝本比俾别宾冰波玻伯博不布埔部藏朝车臣赤楚茨聪达靼鞑大代
    丹掸旦诞岛道得德地登迪帝第蒂典甸丁东都杜度敦顿多俄厄恩尔耳伐法梵方非菲斐芬夫弗佛福富盖干冈刚
    港高戈哥格各根共古固瓜关圭国果哈海韩汗豪合和荷赫黑洪霍基及吉极几济加伽佳嘉柬疆角杰捷界金津京
    喀卡开凯康柯科克肯孔库拉腊来莱兰朗劳老勒厘黎里力立利联凉列林陵领留隆卢鲁路律伦罗洛马买迈麦曼
    毛美门蒙孟米秘密棉缅面苗摩莫墨姆慕穆拿那纳南瑙内嫩尼宁纽农努挪诺帕旁蓬皮坡泊葡浦普齐其奇契乔
    切丘求酋区群日瑞撒萨塞赛桑色森僧沙山绍舌什圣时士世书属斯苏宿所索他塔台泰坦汤唐陶萄特梯提廷通
    突图土托脱陀瓦哇外湾宛汪旺危威韦维委文汶翁挝沃乌吾务西希夏鲜香小辛新信行匈叙绪巽牙雅亚延扬洋
    也伊夷彝以意因印英尤屿语约粤越赞泽乍寨长爪遮政支直治智中洲壮孜兹宗祖佐
"""
"""The characters of our Chinese names in the order of CLDR: by pinyin, then by strokes."""
_PLACE = {one: place for place, one in enumerate("".join(_PINYIN.split()))}


def sorted_names(pairs: Iterable[tuple[str, str]], language: str) -> Names:
    """Sort (code, name) by name, in the order of a language."""
    key = _KEYS.get(language, _plain)
    return tuple(sorted(pairs, key=lambda pair: (key(pair[1]), pair[1])))


def _plain(name: str) -> list[tuple[int, str]]:
    """Sort Åland among the A and Éwé among the E; spaces and signs come before letters."""
    letters = []
    for letter in name.casefold().translate(_UNLIKE_THEIR_SHAPE):
        parts = letter if letter in _KEPT_WHOLE else unicodedata.normalize("NFKD", letter)
        letters += [(_rank(c), c) for c in parts if not unicodedata.combining(c)]
    return letters


def _rank(character: str) -> int:
    if character.isspace():
        return 0
    return 2 if character.isalnum() else 1


def _spanish(name: str) -> list[tuple[int, str]]:
    """Ñ is a letter of its own, after n."""
    letters = []
    for one in unicodedata.normalize("NFC", name.casefold()):
        letters += [(2, "n\uffff")] if one == "ñ" else _plain(one)
    return letters


def _arabic(name: str) -> list[tuple[int, str]]:
    return _plain(name.translate(_ARABIC_SPECIAL))


def _hebrew(name: str) -> list[tuple[int, str]]:
    return _plain(name.translate(_HEBREW_FINAL))


def _chinese(name: str) -> list[tuple[int, str]]:
    """Order by pinyin, which no code of the characters tells; one not listed comes last."""
    return [
        (3, f"{_PLACE[one]:04}") if one in _PLACE else (_rank(one), one)
        for one in unicodedata.normalize("NFKC", name)
    ]


_KEYS: dict[str, Callable[[str], list[tuple[int, str]]]] = {
    "ar": _arabic,
    "es": _spanish,
    "he": _hebrew,
    "zh_Hans": _chinese,
}
