"""One week of every teacher, from last week's state of everybody.

Letters
    s, t : the school's record, a teacher's row of the table
    c : what all teachers of the school meet this week (school_conditions.Climate)
    p : parameters (dynamics.params.Params)
    k, v : skill and conviction as the week begins, Lanes
    i, j, n : row of a tile's first teacher (in loops over persons, of one of them); place within a tile; its teachers
"""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.compiled.lane_memory import (
    AHEAD,
    byte_has,
    load_column,
    load_lanes,
    prefetch,
    prefetch_record,
    store_columns,
)
from diffusion_sim.compiled.lanes import (
    WIDTH,
    all_if,
    bits_of,
    count,
    filled,
    first_lanes,
    lane,
    pick,
    total,
)
from diffusion_sim.dynamics.exposure import exposure, shown, stopped_lately
from diffusion_sim.dynamics.internalise import internalise_hazard
from diffusion_sim.dynamics.learning import is_practised
from diffusion_sim.dynamics.staffing import leading, sum_teams
from diffusion_sim.dynamics.trial import own_causes
from diffusion_sim.persons import begin_spell, draw_eight, end_spell, start_wait
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.state.codes import AWARE, DISCONTINUED, DT, ROUTINE, TRADITIONAL, TRIAL, UNAWARE
from diffusion_sim.state.use import DEEP_40, DEEP_60, intensity_of, is_deep, is_user, teaches
from diffusion_sim.week.school_conditions import climate_of
from diffusion_sim.week.teacher_rules import (
    EVER,
    MARKED,
    VISIBLE,
    Causes,
    Dose,
    Sight,
    feel,
    gain_of,
    hazard_of,
    learn,
    ratio_of,
    uses_of,
    who_stands,
    why_start,
    why_stop,
)
from diffusion_sim.week.visible_use import load_four, look, show


@njit
def new_noise(s, seed, quarter, teachers, users, drawn):
    """A quarter begins: new noise of the payoff for the users of school s (a record).

    users : room for its posts: uint64 rows of their origins, tags and rows; drawn : for their noise.
    """
    number = 0
    for i in range(s.first, s.last):
        t = teachers[i]
        users[0, number], users[1, number], users[2, number] = t.origin, t.tag, i
        # written of everybody, kept of users: no branch to guess
        number += is_user(t.stage) & teaches(t.leader)
    for j in range(0, number, WIDTH):  # up to WIDTH - 1 to spare
        draw_eight(seed, users, j, rng.PAYOFF, quarter, drawn)
    for j in range(number):
        teachers[np.int64(users[2, j])].payoff_noise = drawn[j]


@rule
def hear(t, seed, flow):
    """A teacher hears of the practice."""
    t.stage = AWARE
    start_wait(seed, t)
    flow.aware += 1.0


@rule
def start(t, why, seed, quarter, c, p, flow):
    """A teacher starts to use; the flows say by what share each cause has brought it about. why : Causes of floats.

    Who begins because a coach or a team leader asked owns it as far as the school is ready for help.
    """
    again = t.stage == DISCONTINUED
    live = own_causes(why.peers, c.norm, c.outreach, why.asked, c.like_tries, p.trial) > 0.0
    own = why.scale * why.ratio / why.hazard if live else 0.0
    asked = own * why.asked
    team = why.scale * p.trial.p_team * why.led / why.hazard
    told = (asked + team) * (1.0 - c.owns_asked)
    owned = begin_spell(seed, quarter, why.voluntary / why.hazard - told, p.trial.visibility, t)
    flow.trial_initiative += own * p.trial.p
    flow.trial_outreach += own * p.trial.p * c.outreach
    flow.trial_asked += asked
    flow.trial_peers += own * why.peers
    flow.trial_norm += own * p.trial.qN * c.norm
    flow.trial_like += own * p.trial.q_like * c.like_tries
    flow.trial_invitation += why.scale * p.trial.p_inv * why.invited / why.hazard
    flow.trial_induction += why.scale * p.trial.p_ind * why.inducted / why.hazard
    flow.trial_team += team
    flow.trial_mandate += c.mandate_hazard / why.hazard
    flow.trial_compliant += 1.0 - owned
    flow.retrial += 1.0 if again else 0.0


@rule
def stop(t, seed, week, flow):
    """A user stops in ``week``."""
    flow.stop_owned += t.owned
    flow.stop_compliant += 1.0 - t.owned
    end_spell(seed, week, t)


@rule
def deepen(t, practised, p, flow):
    """A user's practice becomes routine, or a compliant user makes it the own, or both.

    practised : whether use and skill are enough for routine.
    """
    if practised and t.stage == TRIAL:
        t.stage = ROUTINE
        flow.routine += 1.0
    if t.owned == 0 and t.own_wait <= 0.0:
        t.owned = 1
        flow.internalised += 1.0


@rule
def happen(teachers, first, events, over, practised, causes, seed, week, c, p, flow):
    """What happens to single teachers of the tile at row ``first``.

    events : bits of those to whom something happens; over : whose wait is over; practised : of ``deepen``; causes :
    Causes of a start, should it come to that.
    """
    quarter = (week - 1) // WEEKS_PER_QUARTER
    for j in range(WIDTH):
        if (events >> j) & 1 == 0:
            continue
        t = teachers[first + j]
        if t.stage == UNAWARE:
            hear(t, seed, flow)
        elif is_user(t.stage):
            if (over >> j) & 1 == 1:
                stop(t, seed, week, flow)
            else:
                deepen(t, (practised >> j) & 1 == 1, p, flow)
        else:
            why = Causes(
                lane(causes.peers, j), lane(causes.hazard, j), lane(causes.voluntary, j),
                lane(causes.scale, j), lane(causes.ratio, j), lane(causes.invited, j), lane(causes.inducted, j),
                lane(causes.asked, j), lane(causes.led, j),
            )  # fmt: skip
            start(t, why, seed, quarter, c, p, flow)


@rule
def room_for(begin, end, schools):
    """Working arrays for the largest of the schools begin to end - 1, with a tile to spare: what advisers show, rows of
    four; users and their noise; and ``dynamics.staffing.leading`` of a school with a staffing structure."""
    most = 0
    for row in range(begin, end):
        most = max(most, schools[row].posts)
    seen, users, noise = np.zeros((most + WIDTH, 4)), np.zeros((3, most + WIDTH), np.uint64), np.zeros(most + WIDTH)
    return seen, users, noise, np.zeros((4, most + WIDTH))


@njit
def teachers_week(
    begin, end, week, seed, teachers, schools, districts, ties, face, new_face, numbers, flows, room, faults
):
    """One week of all teachers of schools begin..end, from last week's ``face``; fills the schools' sums.

    face, new_face : FACE records (T + NOBODIES,), last week's (read) and this week's (written).
    numbers : ``dynamics.params.packed``. flows : FLOW records, one a school, added to. room : `room_for`. faults : of
    the plain week. Each by itself, not as tuples: at every access to an array in a tuple its owners would be counted,
    and threads would wait for that.
    """
    p = numbers[0]
    quarter = (week - 1) // WEEKS_PER_QUARTER
    nothing = filled(0.0)
    advice, listed, drawn, led = room
    for row in range(begin, end):
        prefetch_record(schools, row + 2)
        prefetch_record(flows, row + 2)
        s, flow = schools[row], flows[row]
        c = climate_of(s, districts[s.district], week, p)
        if (week - 1) % WEEKS_PER_QUARTER == 0:
            new_noise(s, seed, quarter, teachers, listed, drawn)
        look(face, ties.near, ties.far_first, ties.far_row, ties.far, s.first, s.last, advice)
        differ = s.staffing != TRADITIONAL or s.teaching < s.posts  # teachers: in what they get, or whether they teach
        if differ:
            leading(s, teachers, week, p, led)
        taught = 1.0 if s.participants > 0.0 else 0.0  # hours are paid for: by the programme, or the district after it
        named = taught if s.by_name == 1 else 0.0  # shares of an hour's worth: of the invited, and of everybody
        general = taught - named
        gain = use = help_ = peers = hours = drift = forgotten = quality = filled(0.0)
        users = deep = deep_40 = deep_60 = owned = rooted = stopped = ever = marked = 0
        for i in range(s.first, s.last, WIDTH):
            at, n = i - s.first, min(WIDTH, s.last - i)
            prefetch(
                teachers, i + AHEAD,
                ("skill", "conviction", "wait", "uses", "stage", "innovativeness", "drive", "skill_brought", "own_wait",
                 "gain", "payoff_noise"),
            )  # fmt: skip
            present = first_lanes(n)
            watch = leader = expects = nothing
            if differ:  # posts that do not teach show nothing and seek nothing
                watch, leader, expects = load_lanes(led, 0, at), load_lanes(led, 1, at), load_lanes(led, 3, at)
                present = present & (load_lanes(led, 2, at) > 0.0)
            k, v = load_column(teachers, i, "skill"), load_column(teachers, i, "conviction")
            brought, noise = load_column(teachers, i, "skill_brought"), load_column(teachers, i, "payoff_noise")
            flags = load_column(teachers, i, "stage")
            who = who_stands(flags, present)
            seen, skill, convinced, former = load_four(advice, at)
            sight = Sight(*exposure(seen, skill, convinced, former, load_lanes(ties.share, 0, i)), seen)
            part = pick(present, general + named * pick(who.invited, 1.0, 0.0), 0.0)
            dose = Dose(part * c.dose_share, part * c.knowing, watch, leader)

            learnt = learn(k, brought, load_column(teachers, i, "drive"), who, sight, dose, c, p)
            conviction = feel(v, k, noise, who, sight, c, p)
            ratio = ratio_of(load_column(teachers, i, "innovativeness"), v, k, sight.stopped, who, c, p)
            causes = why_start(ratio, sight, who, expects, c, p)
            hazard = hazard_of(why_stop(ratio, who, c, p), sight.x, part, causes, who, c, p)
            wait = load_column(teachers, i, "wait") - hazard * DT
            before = load_column(teachers, i, "uses")
            uses = before + uses_of(who, c, p)
            compliant = who.user & ~who.owned
            owning = internalise_hazard(v, c.norm, c.autonomy, p.stop.g_v, p.internalise) * DT
            # of no account in the week in which a user stops
            own_wait = load_column(teachers, i, "own_wait") - pick(compliant, owning, 0.0)
            own_gain = gain_of(k, before, part, who, c, p)
            of_all = pick(present, c.gain_of_all, 0.0)
            gained = load_column(teachers, i, "gain") + (own_gain + of_all) * (DT * c.active)
            brought = min(1.0, brought + learnt.by_hours * DT)
            # before events: a spell that begins or ends sets these columns anew
            store_columns(
                teachers, i, n, ("skill", "conviction", "wait", "uses", "skill_brought", "own_wait", "gain"),
                (learnt.skill, conviction, wait, uses, brought, own_wait, gained),
            )  # fmt: skip
            gain += own_gain
            use += learnt.by_use
            help_ += learnt.by_help
            peers += learnt.by_peers
            hours += learnt.by_hours
            drift += learnt.drift
            forgotten += learnt.forgotten

            # what happens to single persons
            over = present & (wait <= 0.0)
            told = present & who.unaware & all_if(c.mandated == 1)  # under a mandate all hear in its first week
            practised = who.user & is_practised(uses, learnt.skill, p.learning)
            made_own = compliant & (own_wait <= 0.0)
            events = bits_of(over | told | (practised & ~who.routine) | made_own)
            if events != 0:
                happen(teachers, i, events, bits_of(over), bits_of(practised), causes, seed, week, c, p, flow)
                # stages, kinds of use and what is kept in ``uses`` are others now; skill and conviction what they were
                flags, uses = load_column(teachers, i, "stage"), load_column(teachers, i, "uses")
                who = who_stands(flags, present)

            # what the school and everybody's colleagues see of it
            intensity = intensity_of(who.owned, p.learning.compliant_intensity)
            good = pick(who.user, learnt.skill * intensity, 0.0)
            in_depth = is_deep(good)
            quality += good
            deep_40 += count(good >= DEEP_40)
            deep_60 += count(good >= DEEP_60)
            users += count(who.user)
            deep += count(in_depth)
            owned += count(who.user & who.owned)
            rooted += count(who.user & who.owned & who.routine)
            stopped += count(who.idle & who.again)
            ever += count(present & byte_has(flags, EVER, 1))
            marked += count(in_depth & byte_has(flags, MARKED, 1))
            seen_use = shown(who.user, who.routine, byte_has(flags, VISIBLE, 1))
            former = stopped_lately(who.idle & who.again, 1.0 * week, uses)
            show(new_face, i, n, seen_use, seen_use * learnt.skill, seen_use * conviction, former)
        flow.skill_use += total(use) * DT
        flow.skill_help += total(help_) * DT
        flow.skill_peers += total(peers) * DT
        flow.skill_expertise += total(hours) * DT
        flow.skill_drift += total(drift) * DT
        flow.skill_forgotten += total(forgotten) * DT
        general_gain = p.pupils.teacher_sd * s.effectiveness
        if s.teaching > 0:
            s.gain += (c.gain_of_all + (general_gain + total(gain)) / s.teaching) * DT * c.active
        s.users = users
        s.deep = deep
        s.deep_40 = deep_40
        s.deep_60 = deep_60
        s.quality = total(quality)
        s.owned = owned
        s.rooted = rooted
        s.discontinued = stopped
        s.ever = ever
        s.marked_deep = marked
        if s.staffing != TRADITIONAL:
            sum_teams(s, teachers)
