# SPDX-License-Identifier: GPL-2.0-or-later
"""The fix as it was first posted: subject, hunk and blob ids are facts, the message is in our own words.

`python3 -m tests.support.posted_fix > posted.mbox` writes it.
"""

import sys

FIXES = 'Fixes: 8792468da5e1 ("powerpc: Add the ability to save FPU without giving it up")'
STABLE = "Cc: <stable@vger.kernel.org> # v4.6+"
SENDER = "Noor Haddad <noor@mini.example.org>"

HEADERS = """\
From patchwork Fri Feb  8 14:33:19 2019
Content-Type: text/plain; charset="utf-8"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
X-Patchwork-Submitter: Noor Haddad <noor@mini.example.org>
X-Patchwork-Id: 4711
From: Noor Haddad <noor@mini.example.org>
To: ppc@lists.example.org
Subject: [PATCH] powerpc: Fix 32-bit KVM-PR lockup and host crash with MacOS
 guest
Date: Fri,  8 Feb 2019 14:33:19 +0000
Message-Id: <20190208143319.4711-1-noor@mini.example.org>
"""
MESSAGE = """\
Commit 8792468da5e1 "powerpc: Add the ability to save FPU without giving it up"
made the function that gives up the FPU clear one bit of the saved MSR.
Before, it cleared three. With the other two left set, a 32-bit host of a
MacOS guest locks up. Clear all three again.

Signed-off-by: Noor Haddad <noor@mini.example.org>
"""
DIFF = """\
diff --git a/arch/powerpc/kernel/process.c b/arch/powerpc/kernel/process.c
index ce393df243aa..71bad4b6f80d 100644
--- a/arch/powerpc/kernel/process.c
+++ b/arch/powerpc/kernel/process.c
@@ -176,7 +176,7 @@ static void __giveup_fpu(struct task_struct *tsk)
{blank}
 \tsave_fpu(tsk);
 \tmsr = tsk->thread.regs->msr;
-\tmsr &= ~MSR_FP;
+\tmsr &= ~(MSR_FP|MSR_FE0|MSR_FE1);
 #ifdef CONFIG_VSX
 \tif (cpu_has_feature(CPU_FTR_VSX))
 \t\tmsr &= ~MSR_VSX;
""".replace("{blank}", " ")
STAT = " arch/powerpc/kernel/process.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
POSTED = f"{HEADERS}\n{MESSAGE}---\n{STAT}\n{DIFF}".encode()


def posted(message: str = MESSAGE, headers: str = HEADERS, diff: str = DIFF) -> bytes:
    """The mail with another message, other headers or another diff."""
    return f"{headers}\n{message}---\n{STAT}\n{diff}".encode()


if __name__ == "__main__":
    sys.stdout.buffer.write(POSTED)
