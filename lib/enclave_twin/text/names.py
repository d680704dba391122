"""Names of invented firms: trade name, line of business, legal form. No two firms share trade name and line."""

from math import gcd

import numpy as np

from enclave import facts
from enclave_twin.text import words
from enclave_twin.text.data_errors import draw

# syllables of trade names: first, second, further ones
FIRST = "宏恒鑫华嘉瑞永兴隆裕丰诚信祥福利旺源升腾鸿运伟佳美康健益德正金银铭富创新联合友众志力精锐卓越博雅"
SECOND = "达泰盛昌荣顺发安邦通威凯辉煌耀润泽茂森林坤乾元亨贞和睦仁义礼智勤勉毅恩慧颖捷迅驰骏骐骥鹏翔"
THIRD = "佳美德宝龙凤麟鹤松柏竹梅兰菊桂枫桐榕樟楠晨曦朝晖星辰月光明亮晶莹玉珠翠琪琳瑶瑾瑜璇玑"
# lines of business: in manufacturing (True) and outside it (False), `LINES` each
INDUSTRY_WORDS = {
    True: (
        *("电子", "塑料制品", "家具", "五金制品", "纺织", "服装", "陶瓷", "机械", "食品", "化工"),
        *("玩具", "印刷", "包装材料", "模具", "电器", "灯饰", "皮具", "制药", "建材", "金属制品"),
    ),
    False: (
        *("贸易", "投资", "房地产开发", "物流", "信息咨询", "农业发展", "旅游", "餐饮管理", "文化传播", "建筑工程"),
        *("商贸", "供应链管理", "酒店管理", "广告", "电力", "物业管理", "租赁", "教育咨询", "环保工程", "科技"),
    ),
}
LINES = 20
# most words of a trade name: two syllables, and up to three further ones
LONGEST = 4
# legal forms, with shares
LEGAL_FORMS = {"有限公司": 0.72, "有限责任公司": 0.16, "股份有限公司": 0.07, "实业有限公司": 0.05}
# words for small businesses, with shares
SHOPS = {"商行": 0.3, "经营部": 0.3, "加工厂": 0.25, "门市部": 0.15}
# words in which the name of a city is hidden, such as 江门 in 长江门窗
TRAPS = ("长江门窗", "孙中山纪念", "中山大学", "南海渔村", "广州湾", "珠海渔女", "大江门业", "台山玉石", "高明眼镜")
# those that a correct reading of a name without a city never takes for a city
HARMLESS_TRAPS = ("长江门窗", "孙中山纪念", "大江门业")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲建国志华海燕梓轩浩宇欣怡佳豪"


class Stems:
    """Maps the numbers 0, 1, 2, ... to distinct pairs of trade name and line of business. The seed sets the order."""

    def __init__(self, total: int, rng: np.random.Generator) -> None:
        self._trades, self._thirds = words.number(trade_names()), words.number(THIRD)
        sizes = np.cumsum([len(self._trades) * len(THIRD) ** extra * LINES for extra in range(LONGEST)])
        self._size = int(next((size for size in sizes if size >= total), sizes[-1]))
        self._offset = int(rng.integers(self._size))
        self._step = next(step for step in range(int(self._size * 0.618), self._size) if gcd(step, self._size) == 1)
        self._lines = np.array([words.number(INDUSTRY_WORDS[made]) for made in (False, True)])

    def take(self, numbers: np.ndarray, manufacturing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Trade names (rows of words) and lines of business (one word each) of the given numbers."""
        spread = (numbers * self._step + self._offset) % self._size
        trade, line = np.divmod(spread, LINES)
        return self._trade(trade), self._lines[manufacturing.astype(int), line]

    def _trade(self, number: np.ndarray) -> np.ndarray:
        """Trade names of two characters for the first numbers, then of three, four and five."""
        base, each = len(self._trades), len(THIRD)
        rows = np.zeros((len(number), LONGEST), np.int32)
        rows[:, 0] = self._trades[number % base]
        rest, first = number // base, 0
        for extra in range(1, LONGEST):
            first += each ** (extra - 1)
            longer = rest >= first
            digit = (rest - first) // each ** (extra - 1) % each
            rows[:, extra] = np.where(longer, self._thirds[digit], 0)
        return rows


def trade_names() -> list[str]:
    """Trade names of two characters, without those that are or open the name of a place."""
    places = [*facts.places()["name"], *facts.elsewhere()["name"]]
    openings = {name[:2] for name in places}
    return [a + b for a in FIRST for b in SECOND if a + b not in openings]


def persons(n: int, rng: np.random.Generator) -> np.ndarray:
    """Names of natural persons (rows of words)."""
    surname, given = words.number(SURNAMES), words.number(GIVEN)
    second = np.where(rng.random(n) < 0.7, rng.choice(given, n), 0)
    return words.row(rng.choice(surname, n), rng.choice(given, n), second)


def legal_forms(n: int, rng: np.random.Generator) -> np.ndarray:
    """`n` legal forms, the last part of the name of a firm (one word each)."""
    return words.number(LEGAL_FORMS)[draw(rng, LEGAL_FORMS, n)]
