"""Section 6 of docs/model.md in the slow twin: a teacher's week."""

import math

from .draws import clip, clip01, usual
from .entities import Dose, Exposure
from .numbers import (
    AWARE,
    DISCONTINUED,
    DT,
    EXPERTISE,
    INTERNALISE_CLOCK,
    OWNERSHIP,
    PAYOFF_NOISE,
    PRACTICE,
    QUARTER_WEEKS,
    ROUTINE,
    STOP_CLOCK,
    TEAM,
    TIME,
    TRIAL,
    TRY_CLOCK,
    UNAWARE,
    VISIBILITY,
    WEEKS,
)


class TeacherRules:
    def dose(self, teacher, school):
        """Hours of all kinds that reach a teacher saturate together."""
        if not self.participates(teacher, school):
            return Dose()
        passed_on = 1 - school.to_leaders + school.to_leaders * school.conditions[TEAM] * school.principal
        practice = self.delivered(school) * school.mix[PRACTICE] * passed_on
        expertise = self.delivered(school) * school.mix[EXPERTISE] * passed_on
        hours = practice + expertise
        if hours <= 0:
            return Dose()
        g = self.hill(hours, self.n["learning.h"])
        helped = g * (practice + self.n["learning.w_e"] * expertise) / hours
        return Dose(hours, g, helped, g * expertise / hours)

    @staticmethod
    def coach(school):
        return school.coach_quality * school.supply_factor

    def ready(self, school):
        """How far a school is ready for help."""
        n = self.n
        above = (school.readiness - n["learning.ready_floor"]) / n["learning.ready_span"]
        return min(n["learning.ready_max"], max(0.0, above))

    def fade(self, teacher):
        """What is left of an invitation by name, of the first one in this school year."""
        if not teacher.invited:
            return 0.0
        _, quarter = teacher.invited_first
        return 1 - ((self.week - 1) % WEEKS - QUARTER_WEEKS * quarter) / WEEKS

    def is_inducted(self, teacher, school):
        """[new]: came into this school in the summer before this year, and the school is in the programme."""
        # Those of the start entered before year 0.
        return teacher.year_of_entry == self.year() and (school.enrolled or school.kept)

    def exposures(self):
        """Exposure of every post, from the state in which the week begins."""
        visible, stopped, teach = {}, set(), set()
        for school in self.schools:
            for teacher in school.teaching():
                place = (*school.id, teacher.post)
                teach.add(place)
                if teacher.visibly_uses():
                    visible[place] = (teacher.k, teacher.v)
                if teacher.stage == DISCONTINUED and self.week - 1 - teacher.stopped_week < WEEKS:
                    stopped.add(place)
        result = {}
        for school in self.schools:
            for post in range(school.posts):
                ties = [tuple(tie) for tie in self.current_ties.get((*school.id, post), ()) if tuple(tie) in teach]
                seen = [visible[tie] for tie in ties if tie in visible]
                talk = sum(tie in stopped for tie in ties) / len(ties) if ties else 0.0
                if seen:
                    kbar = sum(k for k, _ in seen) / len(seen)
                    vbar = sum(v for _, v in seen) / len(seen)
                    result[school.id, post] = Exposure(len(seen) / len(ties), kbar, vbar, len(seen), talk)
                else:
                    result[school.id, post] = Exposure(stopped=talk)
        return result

    def scale_of_threshold(self):
        """phi: with it a threshold of advisers has the mean force that their share has before week 1."""
        # AMBIGUOUS: over the posts that teach in all schools of the world, outside the programme too.
        exposures = self.exposures()
        seen = [exposures[school.id, t.post] for school in self.schools for t in school.teaching()]
        enough = sum(exposure.visible >= self.n["trial.threshold"] for exposure in seen)
        by_share = sum(exposure.x ** self.n["trial.kappa"] for exposure in seen)
        return by_share / enough if enough else 0.0

    def by_peers(self, exposure):
        """Q: what advisers' use adds to the hazard of trying."""
        if self.n["structure.exposure"] == "threshold":
            return self.n["trial.q"] * self.threshold_scale * (exposure.visible >= self.n["trial.threshold"])
        return self.n["trial.q"] * exposure.x ** self.n["trial.kappa"]

    def teacher_week(self, teacher, school, exposure):
        n = self.n
        x, vbar = exposure.x, exposure.vbar
        k, k0, v, stage = teacher.k, teacher.k0, teacher.v, teacher.stage
        # AMBIGUOUS: a participant of a school that got no hours this quarter stays one, with dose 0.
        dose = self.dose(teacher, school)

        dk = dk0 = dv = 0.0
        if stage in (TRIAL, ROUTINE):
            dk, dv = self.use_changes(teacher, school, exposure, dose)
        else:
            known = n["learning.l_exp"] * dose.known * self.coach(school) * max(0.0, n["learning.k_know"] - k0) * DT
            forgotten = n["learning.forget"] * max(0.0, k - k0) * DT
            dk, dk0 = known - forgotten, known
            self.flows["learn_expertise"] += known
            self.flows["loss_forgetting"] += forgotten
            # AMBIGUOUS: read as a rule of AWARE and DISCONTINUED only (the paragraph it stands in), not of UNAWARE.
            if stage != UNAWARE and x > 0:
                dv += n["experience.eta_peer"] * x * (vbar - v) * DT * school.active

        new_k = clip01(k + dk)
        if stage == UNAWARE:
            self.unaware_event(teacher, school, x, dose)
        elif stage in (AWARE, DISCONTINUED):
            self.try_event(teacher, school, exposure, dose)
        else:
            self.use_events(teacher, school, new_k)
        teacher.k = new_k
        teacher.k0 = clip01(k0 + dk0)
        teacher.v = clip(v + dv, -1.0, 1.0)

    def become_aware(self, teacher):
        teacher.stage = AWARE
        teacher.aware_wait = None
        teacher.try_wait = self.person_wait(teacher, TRY_CLOCK, teacher.spells)

    def unaware_event(self, teacher, school, x, dose):
        n = self.n
        hazard = n["aware.a_0"] + n["aware.a_out"] * school.outreach * school.helped
        # AMBIGUOUS: "hours delivered" are taken as H, those of practice and expertise.
        if dose.hours > 0 and n["structure.recruit"] != "none":
            hazard += n["aware.a_hours"]
        hazard += n["aware.a_peer"] * (x + self.cycles.partner_use(school))
        hazard += n["aware.a_like"] * self.like_change(school)
        if teacher.aware_wait.add(max(0.0, hazard) * school.active * DT) or school.mandated():
            self.flows["aware"] += 1
            self.become_aware(teacher)

    def asked(self, teacher, school, dose):
        """What hours add to the hazard of trying, of those who are not invited by name."""
        if teacher.invited or self.n["structure.recruit"] == "none":
            return 0.0
        return self.n["trial.p_hours"] * dose.g * self.coach(school)

    def try_event(self, teacher, school, exposure, dose):
        n = self.n
        risk = 0.0 if school.mandated() else self.risk(school)
        factor = math.exp(
            n["trial.b_z"] * teacher.innovativeness
            + n["trial.b_v"] * teacher.v
            + n["trial.b_C"] * (2 * school.coherence - 1)
            + n["trial.b_R"] * (2 * school.readiness - 1)
            + n["trial.b_T"] * (2 * school.trust - 1)
            - n["trial.b_P"] * risk
            - n["trial.b_stopped"] * exposure.stopped
        )
        scale = self.agenda(school) * (1.0 if teacher.stage == AWARE else n["trial.rho"]) * school.active
        team = self.expected(teacher, school)
        if school.enrolled and school.by_name and not teacher.invited and not team > 0:
            scale *= n["trial.uninvited"]
        mandate = 0.0
        if school.mandated():
            floor = n["trial.mandate_floor"]
            mandate = n["trial.mu"] * self.of_district(school.district, "districts.centralisation")
            mandate *= floor + (1 - floor) * school.coherence
            mandate *= school.active * school.mandate_force
        like = n["trial.q_like"] * self.like_change(school) if n["structure.like"] == "trying" else 0.0
        asked = self.asked(teacher, school, dose)
        invited = n["trial.p_inv"] * self.fade(teacher)
        by_leader = team > 0 and team >= asked and team >= invited  # who is led is asked once, by whoever asks most
        self.turns["led_and_asked_by_others"] += team > 0 and not by_leader
        causes = {
            "trial_own": n["trial.p"],
            "trial_outreach": n["trial.p"] * school.outreach * school.helped,
            "trial_asked": 0.0 if by_leader else asked,
            "trial_peers": self.by_peers(exposure),
            "trial_norm": n["trial.qN"] * school.norm,
            "trial_like": like,
        }
        cut = sum(causes.values()) <= 0  # then nothing under the bracket counts
        causes = {cause: 0.0 if cut else scale * part * factor for cause, part in causes.items()}
        inducted = n["trial.p_ind"] * school.embedded * self.is_inducted(teacher, school)
        self.turns["inducted_and_invited"] += bool(teacher.invited) and self.is_inducted(teacher, school)
        if not by_leader:
            team = 0.0
        else:
            self.turns["led_and_invited"] += bool(teacher.invited)
            self.turns["led_and_inducted"] += inducted > team
            invited, team, inducted = 0.0, team * (team >= inducted), inducted * (team < inducted)
        causes["trial_invited"] = scale * invited
        causes["trial_induction"] = scale * inducted
        causes["trial_team"] = scale * team
        causes["trial_mandate"] = mandate
        hazard = sum(causes.values())
        if not teacher.try_wait.add(hazard * DT) or hazard <= 0:
            return
        compliant = mandate
        if n["structure.recruited"] == "by_readiness":
            compliant += (causes["trial_asked"] + causes["trial_team"]) * (1 - min(1.0, self.ready(school)))
        self.begin_spell(teacher, compliant / hazard)
        # AMBIGUOUS: flows are summed over all teachers, those of schools outside the programme included.
        for cause, part in causes.items():
            self.flows[cause] += part / hazard

    def begin_spell(self, teacher, compliant_share):
        spell = teacher.spells
        teacher.spells += 1
        teacher.stage = TRIAL
        teacher.ever_used = True
        teacher.aware_wait = teacher.try_wait = None
        key, tag = teacher.origin_key, teacher.tag
        teacher.owned = not self.draws.uniform(OWNERSHIP, key, tag, spell) < compliant_share
        teacher.visible = self.draws.uniform(VISIBILITY, key, tag, spell) < self.n["trial.visibility"]
        teacher.uses = 0.0
        teacher.felt_quarter = self.quarter()
        teacher.stop_wait = self.person_wait(teacher, STOP_CLOCK, spell)
        teacher.internalise_wait = None if teacher.owned else self.person_wait(teacher, INTERNALISE_CLOCK, spell)

    def use_changes(self, teacher, school, exposure, dose):
        """dk and dv of a user's week."""
        n = self.n
        k, v, x, kbar = teacher.k, teacher.v, exposure.x, exposure.kbar
        coaching = n["learning.coaching_feedback"] * dose.helped
        skilled = n["learning.peer_feedback"] * x * kbar * k
        watched, helped = self.lent.get(teacher.id, (0.0, 0.0))
        fb0 = n["learning.fb0"]
        feedback = fb0 + (1 - fb0) * min(1.0, coaching + watched + skilled)
        by_use = (
            n["learning.l_use"]
            * (4 * k * (1 - k) + n["learning.use_floor"])
            * (0.5 + school.conditions[TIME])
            * teacher.drive
            * feedback
            * school.active
        )
        by_help = n["learning.l_help"] * (1 - k) * (dose.helped * self.coach(school) * self.ready(school) + helped)
        by_peers = n["learning.l_peer"] * x * kbar * k**2 * school.active
        scale = (1 - k) * (1.0 if teacher.owned else n["learning.compliant_learning"])
        drift = n["learning.skill_drift"] * k * max(0.0, 1 - feedback - school.norm)
        self.flows["learn_use"] += scale * by_use * DT
        self.flows["learn_help"] += scale * by_help * DT
        self.flows["learn_peers"] += scale * by_peers * DT
        self.flows["loss_drift"] += drift * DT
        dk = (scale * (by_use + by_help + by_peers) - drift) * DT

        teacher.felt_quarter = self.quarter()
        payoff = self.payoff(teacher, school, self.quarter())
        return dk, n["experience.eta"] * (payoff - v) * DT * school.active

    def payoff(self, teacher, school, quarter):
        """What the practice shows a user, with the noise of a quarter of the run."""
        n = self.n
        if teacher.noise_quarter != quarter:
            teacher.noise_quarter = quarter
            teacher.noise = self.draws.normal(PAYOFF_NOISE, teacher.origin_key, teacher.tag, quarter)
        burden = n["experience.burden"] * self.of_district(school.district, "experience.complexity")
        return (
            self.cycles.fit(school) * teacher.k * self.intensity(teacher)
            - burden * (1 - teacher.k) * (1.5 - school.conditions[TIME])
            + n["experience.noise"] * teacher.noise
        )

    def use_events(self, teacher, school, new_k):
        n = self.n
        k, v, norm = teacher.k, teacher.v, school.norm
        compliant = not teacher.owned
        risk = 0.0 if school.mandated() else self.risk(school)
        holding = usual(norm, n["stop.critical_norm"])
        stop = n["stop.d0"] * self.agenda(school)
        stop *= math.exp(
            -n["stop.g_v"] * v
            - n["stop.g_k"] * (2 * k - 1)
            - n["stop.g_N"] * holding
            + n["stop.g_R"] * (1 - school.readiness)
            + n["trial.b_P"] * risk * (1 - k)
        )
        if school.left_week is not None and self.week - school.left_week < WEEKS:
            # AMBIGUOUS: the week in which the school left (the first of a year) is the first of the 36.
            stop *= 1 + n["stop.leave_stop"]
            self.turns["users_of_leavers"] += 1
        if teacher.stage == ROUTINE:
            stop *= n["stop.routine_factor"]
        if compliant:
            # A mandate in force is a monitored one, but for suspended support: where monitoring cannot be paid, the
            # mandate is broken.
            monitored = school.mandated() and school.helped > 0
            stop *= n["stop.monitored_factor"] if monitored else n["stop.after_mandate_factor"]
        internalise = (
            n["internalise.rate"]
            * math.exp(n["stop.g_v"] * v)
            * (norm + n["internalise.norm_floor"])
            * (0.5 + self.autonomy(school.district))
        )
        teacher.uses += n["learning.uses_per_week"] * self.intensity(teacher) * school.active
        if teacher.stop_wait.add(stop * DT):
            teacher.stage = DISCONTINUED
            teacher.stopped_week = self.week
            teacher.stop_wait = teacher.internalise_wait = None
            teacher.try_wait = self.person_wait(teacher, TRY_CLOCK, teacher.spells)
            return
        if (
            teacher.stage == TRIAL
            and teacher.uses >= n["learning.routine_uses"]
            and new_k > n["learning.routine_skill"]
        ):
            teacher.stage = ROUTINE
        if compliant and teacher.internalise_wait.add(internalise * DT):
            teacher.owned = True
            teacher.internalise_wait = None
