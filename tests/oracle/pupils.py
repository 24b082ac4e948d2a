"""Pupils of the slow twin (docs/model.md, section 6), a teacher at a time: written from the document alone."""

TRIAL = 2
PRACTICE, EXPERTISE, BUILDING, CAPACITY = range(4)
SCHOOL_YEAR = 53
MONTHS_OF_A_YEAR = 9


class PupilRules:
    """What the twin does every week about pupils; all of it from the state in which the week begins."""

    def start_pupils(self):
        # Only so that tests can ask whether it happened: weeks of teachers (dip, own) and of schools.
        kinds = ("dip", "dip_over", "own", "after_support", "leaders", "load", "classes")
        self.felt = dict.fromkeys(kinds, 0)

    def pupils_week(self, school):
        """Adds a week to the school's sum and to that of everybody who teaches there."""
        teaching = school.teaching()
        if not teaching:
            return  # stands still
        common, weight = self.in_common(school), school.active / 36
        for teacher in teaching:
            own = self.of_use(teacher, school) - self.of_own_release(teacher, school) + common
            effective = self.n["pupils.teacher_sd"] * teacher.effectiveness
            # What the whole school has in common is in everybody's own sum too.
            teacher.own_gain += own * weight
            school.gain += (own + effective) * weight / len(teaching)

    def of_use(self, teacher, school):
        """What use of the practice gives, less what the first uses cost."""
        n = self.n
        gain = self.of_district(school.district, "pupils.effect") * self.cycles.fit(school) * self.quality(teacher)
        dips = teacher.uses < n["pupils.dip_uses"]
        if teacher.stage == TRIAL:
            self.felt["dip" if dips else "dip_over"] += 1
            gain -= n["pupils.dip"] * (1 - teacher.k) * dips
        return gain

    def lost_an_hour(self):
        """SD that an hour of class time is worth, as far as a substitute does not make up for it."""
        n = self.n
        return MONTHS_OF_A_YEAR / n["pupils.months_per_sd"] * (1 - n["pupils.substitute"]) / n["pupils.class_hours"]

    def of_own_release(self, teacher, school):
        """Hours in which the own teacher is not in class."""
        # Hours as paid, not as delivered: the sum's L makes them those that take place.
        if not self.participates(teacher, school):
            return 0.0
        shares = school.mix[PRACTICE] + school.mix[EXPERTISE]
        hours = school.helped * self.hours_paid(school) * shares * (1 - school.to_leaders)
        self.felt["own" if self.supported() else "after_support"] += hours > 0
        return self.lost_an_hour() * hours

    def hours_paid(self, school):
        """Hours of the quarter as paid; those that go into adapting a variant count."""
        return school.hours + (school.adapting_hours if self.cycles.books[school.id].adapts else 0.0)

    def leaders_release(self, school):
        """H_a: released hours of those who build and learn for the school, for each class."""
        hours = self.preparing(school)
        if self.taught(school):
            shares = school.mix[CAPACITY] + school.to_leaders * (school.mix[PRACTICE] + school.mix[EXPERTISE])
            hours += school.building + self.hours_paid(school) * self.participants(school) * shares
        return school.helped * self.n["money.released_leaders"] * hours / school.classes()

    def in_common(self, school):
        """What all posts that teach in a school share: the year, larger classes, load and leaders' time."""
        n = self.n
        gain = n["pupils.shock"] * self.shock(school)
        larger = school.pupils / school.classes() - school.pupils / school.posts
        load = max(0.0, 1 - school.readiness / n["pupils.ready_enough"]) * school.helped * school.enrolled
        released = self.leaders_release(school)
        for name, value in (("classes", larger), ("load", load), ("leaders", released)):
            self.felt[name] += value > 0
        return gain - n["pupils.class_size"] * larger - n["pupils.load"] * load - self.lost_an_hour() * released

    def shock(self, school):
        """n_y of this school year."""
        return self.draws.normal(SCHOOL_YEAR, school.key, 0, self.year())
