"""Weights of the cities in those parts of the registers that no count determines."""

# weight of a city; the ratio of two cities is what matters. Not a statistic.
SIZES = {
    "440100": 10,  # Guangzhou
    "440200": 1.5,  # Shaoguan
    "440300": 11,  # Shenzhen
    "440400": 4,  # Zhuhai
    "440500": 2,  # Shantou
    "440600": 6,  # Foshan
    "440700": 2.5,  # Jiangmen
    "440800": 1.8,  # Zhanjiang
    "440900": 1.5,  # Maoming
    "441200": 1.5,  # Zhaoqing
    "441300": 3,  # Huizhou
    "441400": 1.2,  # Meizhou
    "441500": 1,  # Shanwei
    "441600": 1.4,  # Heyuan
    "441700": 1.2,  # Yangjiang
    "441800": 2,  # Qingyuan
    "441900": 5,  # Dongguan
    "442000": 3.5,  # Zhongshan
    "445100": 1.1,  # Chaozhou
    "445200": 1.5,  # Jieyang
    "445300": 1,  # Yunfu
}
