"""All cases in their order: the table is the program.

A case looks at nothing but what conf declares (framing, codec, messages, codes, times), so it fits any
system. It returns what was seen, or raises Failed, or NotApplicable where the sheet has nothing of the kind.
"""

from gateway.certifying.cases import line, pushes, wrong
from gateway.certifying.cases.seen import Case

CASES: tuple[Case, ...] = (
    Case("line", "A line can be had.", line.line),
    Case("tls", "The line is encrypted, each side with the certificate that the other expects.",
         line.encrypted),
    Case("sign-on", "Who signs on does so first of all, and is answered.", line.signed_on),
    Case("line test", "A line test is answered under its id.", line.line_test),
    Case("keep-alive", "A frame without a body ends the silence and gets no answer.", line.keep_alive),
    Case("customer", "A customer number of the system's own is known.", pushes.known),
    Case("push", "A push is answered 0000 or 0001 under its id, in time.", pushes.push),
    Case("same push twice", "The same id with the same content gets the same reply.", pushes.same_again),
    Case("flagged repeat", "A push repeated with the duplicate flag gets the reply of the first.",
         pushes.flagged),
    Case("first copy lost", "A flagged push whose first copy never came is applied.", pushes.only_flagged),
    Case("same version", "The same version under a new id is applied.", pushes.same_version),
    Case("older version", "A version below the newest applied is answered 0003 with that one.", pushes.older),
    Case("clear mark", "A value is withdrawn by its clear mark.", pushes.withdrawn),
    Case("split frame", "A frame in small pieces is the same frame.", pushes.split),
    Case("several at once", "Pushes in one segment are answered each under its id.", pushes.at_once),
    Case("unknown customer", "A customer number that nobody has is answered 2001.", pushes.stranger),
    Case("unknown code", "A code that is in no table is refused with 1003.", wrong.unknown_code),
    Case("cut message", "A message that cannot be read is refused with 1001 or not at all answered.",
         wrong.cut),
    Case("wrong seal", "A wrong seal is refused with 1005 or not at all answered.", wrong.wrong_seal),
    Case("unknown type", "An unknown type is refused with 1002 or not at all answered.", wrong.unknown_type),
    Case("damaged frame", "A wrong check is answered with NAK, the repeat as if nothing was.", wrong.damaged),
    Case("stray reply", "A reply that answers nothing is passed over.", wrong.stray_reply),
    Case("garbage", "Bytes that are no frame end the line.", line.garbage),
    Case("new line", "After a line has ended the next one carries pushes.", line.comes_back),
    Case("own messages", "What the system sends can be read, and no id stands for two contents.",
         line.own_messages),
)  # fmt: skip
