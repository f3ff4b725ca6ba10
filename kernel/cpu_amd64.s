#include "textflag.h"

// func pause()
TEXT ·pause(SB), NOSPLIT, $0
	PAUSE
	RET

// func amd() bool
TEXT ·amd(SB), NOSPLIT, $0-1
	XORL AX, AX
	CPUID
	CMPL BX, $0x68747541 // "Auth", of AuthenticAMD
	SETEQ ret+0(FP)
	RET
