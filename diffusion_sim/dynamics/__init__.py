"""The rules of the model, one file for each submodel: each rule is a scalar function that reads like its equation.

Letters of the equations in docstrings, as in docs/model.md
    k, v, z, w, e : a teacher's skill, conviction, innovativeness, drive, effectiveness
    q : quality of use, skill x intensity (in trial.py: Bass's coefficient of imitation)
    x, kbar, vbar : exposure, and mean skill and conviction of the advisers seen
    N, R, C, T, P, I, c : a school's norm, readiness, coherence, trust, principal's support, initiatives, a condition
    a : alignment of a district's instrument
    T0, I0 : the value at the start; P0 : when the principal came; k0 : the part of skill that the person brought along

Letters in code
    s, d, t : row or record of a school, a district, a teacher
    i, j : numbers of rows
    p : the rule's parameters (``p.p`` in trial.py: Bass's coefficient of innovation)
"""
