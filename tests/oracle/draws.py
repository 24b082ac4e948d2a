"""Keyed draws of the slow twin (docs/model.md, section 3), and small functions of numbers that all of it uses."""

import hashlib
import math

from scipy import special


def philox(counter, key):
    """Philox4x32-10: four counter words and two key words to four output words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        first = 0xD2511F53 * c0
        second = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            (second >> 32) ^ c1 ^ k0,
            second & 0xFFFFFFFF,
            (first >> 32) ^ c3 ^ k1,
            first & 0xFFFFFFFF,
        )
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def unit(a, b):
    """A number in (0, 1) from two 32-bit words."""
    return min(((a >> 5) * 2**26 + (b >> 6) + 0.5) / 2**53, 1 - 2**-53)


def entity_key(*ids):
    return int.from_bytes(hashlib.blake2b("\x1f".join(ids).encode("utf-8"), digest_size=8).digest(), "little")


def text_tag(text):
    """Tag of a strategy's draws: low 32 bits of the key of the two texts "strategy" and the purpose."""
    return entity_key("strategy", text) & 0xFFFFFFFF


class Draws:
    """All random numbers of one run."""

    def __init__(self, seed):
        self.key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)

    def words(self, purpose, entity, tag, occasion):
        return philox((entity & 0xFFFFFFFF, entity >> 32, tag, (purpose << 24) + occasion), self.key)

    def uniforms(self, purpose, entity, tag, occasion):
        x0, x1, x2, x3 = self.words(purpose, entity, tag, occasion)
        return unit(x0, x1), unit(x2, x3)

    def uniform(self, purpose, entity, tag, occasion):
        return self.uniforms(purpose, entity, tag, occasion)[0]

    def exponential(self, purpose, entity, tag, occasion):
        return -math.log(self.uniform(purpose, entity, tag, occasion))

    def normal(self, purpose, entity, tag, occasion):
        first, second = self.uniforms(purpose, entity, tag, occasion)
        return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)


class Wait:
    """One Exp(1) draw and the sum of hazard so far."""

    def __init__(self, draw):
        self.draw = draw
        self.sum = 0.0

    def add(self, amount):
        self.sum += amount
        return self.sum >= self.draw


class BetaScore:
    """G_{a,b}: the Beta quantile of a normal score, from a table with linear interpolation."""

    def __init__(self, a, b):
        self.table = [float(special.betaincinv(a, b, special.ndtr(-8 + i / 64))) for i in range(16 * 64 + 1)]

    def __call__(self, y):
        place = (min(8.0, max(-8.0, y)) + 8) * 64
        i = min(int(place), len(self.table) - 2)
        return self.table[i] + (self.table[i + 1] - self.table[i]) * (place - i)


def poisson(mean, u):
    """Smallest n with CDF(n) >= u."""
    n, term = 0, math.exp(-mean)
    total = term
    while total < u and n < 10_000:
        n += 1
        term *= mean / n
        total += term
    return n


def clip(value, low, high):
    return min(high, max(low, value))


def clip01(value):
    return min(1.0, max(0.0, value))


def logistic(value):
    return 1 / (1 + math.exp(-value))


def half_up(value):
    return math.floor(value + 0.5)


def usual(share, half):
    """n(u): how far a share counts as usual, a half of it at ``half``."""
    return share**3 / (share**3 + half**3)


def quantile_of_thirds(values, thirds):
    """The quantile at thirds/3, by linear interpolation."""
    ordered = sorted(values)
    place, rest = divmod(thirds * (len(ordered) - 1), 3)
    if rest == 0:
        return ordered[place]
    return ordered[place] + (ordered[place + 1] - ordered[place]) * rest / 3


def affordable(cost, left):
    """Up to rounding: a pot that was shared out exactly must be enough."""
    return cost <= left * (1 + 1e-9)
