"""Who is tied to whom and who reads what: networks, circles, partners and hubs of the slow twin's improvement cycles
(docs/model.md, section 11)."""

import math

PARTNER_READ, ORDER_OF_PARTNERS = 95, 97


class Reading:
    """Asks its other half for ``oracle``, ``draws``, ``number``, ``rule``, ``books`` and what variants.py has."""

    def named_network(self, school):
        """The name of the scenario's network that a school is in, None where none has it."""
        names = school.id[1], "/".join(school.id)
        for name, said in self.named.items():
            by_column = school.network and school.network in listed(said.get("network"))
            by_itself = any(of_school in listed(said.get("schools")) for of_school in names)
            if by_itself or by_column or school.district.id in listed(said.get("districts")):
                return name
        return None

    def networks(self):
        """Networks of the schools with a cycle, each in order, by the numbers of now."""
        testing = [school for school in self.oracle.schools if self.books[school.id].cycle]
        testing.sort(key=lambda s: (s.enrolled_week, self.draws.uniform(ORDER_OF_PARTNERS, s.key, 0, 0)))
        said, others = {}, []
        for school in testing:
            name = self.named_network(school)
            if name is None:
                others.append(school)
            else:
                said.setdefault(name, []).append(school)
        return [*said.values(), *self.other_networks(others)]

    def other_networks(self, testing):
        if any(school.network for school in self.oracle.schools):
            named = {}
            for school in testing:
                named.setdefault(school.network or school.id, []).append(school)
            return list(named.values())
        groups = {}
        for school in testing:
            groups.setdefault("" if self.number("networks") == "world" else school.district.id, []).append(school)
        size = self.number("network_size")
        return [part for group in groups.values() for part in cut(group, math.ceil(len(group) / size))]

    def tie(self, networks):
        """All circles; every school is told its partners and its network."""
        circles = []
        for network in networks:
            for circle in self.circles_of(network):
                circles.append(circle)
                self.circle_sizes.add(len(circle))
                for school in circle:
                    book = self.books[school.id]
                    book.partners = [other for other in circle if other is not school]
                    book.network = network
        return circles

    def circles_of(self, network):
        n, topology = len(network), self.rule(network[0]).topology
        if topology == "isolated":
            return [[school] for school in network]
        if topology in ("pairs", "pairs_hub"):
            return cut(network, max(1, n // 2))
        if topology in ("groups", "groups_hub"):
            return cut(network, max(1, n // self.number("group_size")))
        return [network]

    # ---------------------------------------------------------------------------------------------------- reading

    def carried_over(self, school):
        """tie: how much of a report the time with whom it comes from carries over."""
        rule, time = self.rule(school), self.number("network_time")
        if rule.topology != "hub":
            time /= len(self.books[school.id].partners) + rule.has_hub()
        return time / (time + self.number("setup_time"))

    def reports(self, school, quarter, shown):
        """What the school reads, in order: (variant, context -> evidence, whether in place of what was read before).
        Nothing is entered yet."""
        rule, readings = self.rule(school), self.number("reports")
        if rule.topology == "isolated" or readings == 0:
            return []
        if rule.topology == "hub":
            return self.from_hub(school, readings)
        if not rule.has_hub():
            return self.from_partners(school, quarter, shown, readings)
        return self.from_partners(school, quarter, shown, readings - 1) + self.from_hub(school, 1)

    def from_partners(self, school, quarter, shown, readings):
        partners, drawn, read = self.books[school.id].partners, [], []
        for r in range(min(readings, len(partners))):
            u = self.draws.uniform(PARTNER_READ, school.key, r, quarter)
            place = math.floor(u * (len(partners) - r))
            for before in sorted(drawn):
                place += place >= before
            drawn.append(place)
            other = partners[place]
            if other.id in shown:
                line, rule = self.books[other.id].using, self.rule(school)
                more = self.weight(rule, line.n_own) - self.weight(rule, line.n_own - 1)
                u = self.carried_over(school) * more
                read.append((line.variant, {self.context(other): (u, u * shown[other.id])}, False))
        return read

    def from_hub(self, school, readings):
        rule = self.rule(school)
        others = [other for other in self.books[school.id].network if other is not school]
        if not others:
            return []
        share = self.carried_over(school)
        pooled = {
            variant: [(share * n, share * s) for n, s in evidence]
            for variant, evidence in self.pooled(others, rule).items()
        }
        best = self.ranked(pooled, self.context(school), rule)[:readings]
        return [(variant, dict(enumerate(pooled[variant])), True) for variant in best]

    def read(self, school, reports):
        for variant, evidence, in_place in reports:
            line = self.enter(school, variant)
            for context, (n, s) in evidence.items():
                before = (0.0, 0.0) if in_place else line.read[context]
                line.read[context] = before[0] + n, before[1] + s
            rule = self.rule(school)
            self.happened["hub_beside_partners"] += in_place and rule.topology != "hub"


def listed(names):
    """One name or several, or nothing said."""
    return [names] if isinstance(names, str) else list(names or ())


def cut(schools, parts):
    """Place r of n goes to part floor(r * parts / n)."""
    result = [[] for _ in range(parts)]
    for r, school in enumerate(schools):
        result[r * parts // len(schools)].append(school)
    return result
