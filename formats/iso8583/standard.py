"""The standard's own data elements, in its own notation: what an element is that a system does not declare.

Only their widths matter: an element that a system's sheet does not have is a fault, but those behind it
can still be found, and the message answered. 1987 is ISO 8583:1987, table 7; 1993 is ISO 8583:1993, table 8.
2003 left the elements to its annexes and so to each network: there a system declares all it can meet.
"""

from collections.abc import Mapping


def _rows(text: str) -> dict[int, str]:
    """`3-6 n 12` lines: a number or a range, then the notation."""
    found: dict[int, str] = {}
    for line in text.strip().splitlines():
        which, notation = line.strip().split(" ", 1)
        first, _, last = which.partition("-")
        found |= dict.fromkeys(range(int(first), int(last or first) + 1), notation)
    return found


_1987 = """
2 LLVAR n..19
3 n 6
4-6 n 12
7 n 10
8-10 n 8
11-12 n 6
13-18 n 4
19-24 n 3
25-26 n 2
27 n 1
28-31 x+n 8
32-33 LLVAR n..11
34 LLVAR ns..28
35 LLVAR z..37
36 LLLVAR z..104
37 an 12
38 an 6
39 an 2
40 an 3
41 ans 8
42 ans 15
43 ans 40
44 LLVAR an..25
45 LLVAR ans..76
46-48 LLLVAR ..999
49-51 an 3
52 b 64
53 n 16
54 LLLVAR an..120
55-63 LLLVAR ..999
64 b 64
65 b 64
66 n 1
67 n 2
68-70 n 3
71-72 n 4
73 n 6
74-81 n 10
82-85 n 12
86-89 n 16
90 n 42
91 an 1
92 an 2
93 an 5
94 an 7
95 an 42
96 b 64
97 x+n 16
98 ans 25
99-100 LLVAR n..11
101 LLVAR ans..17
102-103 LLVAR ans..28
104 LLLVAR ..100
105-127 LLLVAR ..999
128 b 64
"""

_1993 = """
2 LLVAR n..19
3 n 6
4-6 n 12
7 n 10
8-10 n 8
11 n 6
12 n 12
13-14 n 4
15 n 6
16-18 n 4
19-21 n 3
22 an 12
23-24 n 3
25-26 n 4
27 n 1
28 n 6
29 n 3
30 n 24
31 LLVAR ans..99
32-33 LLVAR n..11
34 LLVAR ns..28
35 LLVAR z..37
36 LLLVAR z..104
37 an 12
38 an 6
39-40 n 3
41 ans 8
42 ans 15
43-44 LLVAR ans..99
45 LLVAR ans..76
46 LLLVAR ..204
47-48 LLLVAR ..999
49-51 an 3
52 b 64
53 LLVAR b..48
54 LLLVAR ans..120
55 LLLVAR b..255
56 LLVAR n..35
57 n 3
58 LLVAR n..11
59-63 LLLVAR ..999
64 b 64
65 b 64
66 LLLVAR ..204
67 n 2
68-70 n 3
71 n 8
72 LLLVAR ..999
73 n 6
74-85 n 10
86-89 n 16
90 n 10
91-92 n 3
93-94 LLVAR n..11
95 LLVAR ans..99
96 LLLVAR b..999
97 x+n 16
98 ans 25
99-100 LLVAR an..11
101 LLVAR ans..17
102-103 LLVAR ans..28
104 LLLVAR ..100
105-106 n 16
107-108 n 10
109 LLVAR ans..84
110 LLVAR ans..84
111-127 LLLVAR ..999
128 b 64
"""


def standard(version: int) -> Mapping[int, str]:
    return {1987: _rows(_1987), 1993: _rows(_1993)}.get(version, {})
