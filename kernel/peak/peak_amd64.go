package peak

import "golang.org/x/sys/cpu"

const rounds = 4000

var wide = cpu.X86.HasAVX512F

// FMA is the float32 operations a second of fused multiply-adds, two each.
func FMA() float64 {
	switch {
	case wide:
		return best(rounds*24*16*2, func() { fma512(rounds) })
	case cpu.X86.HasFMA:
		return best(rounds*12*8*2, func() { fma2(rounds) })
	}
	return 0
}

// VNNI is the byte operations a second of VPDPBUSD, 0 if there is none.
func VNNI() float64 {
	if !cpu.X86.HasAVX512VNNI {
		return 0
	}
	return best(rounds*24*64*2, func() { vnni512(rounds) })
}

// BF16 is the operations a second of VDPBF16PS, 0 if there is none.
func BF16() float64 {
	if !cpu.X86.HasAVX512BF16 {
		return 0
	}
	return best(rounds*24*32*2, func() { bf16512(rounds) })
}

// Read is the bytes a second of reading b from its start to its end and again.
func Read(b []byte) float64 {
	if !cpu.X86.HasAVX2 || len(b) == 0 {
		return 0
	}
	piece := min(len(b), 4<<20)
	at := 0
	return best(float64(piece), func() {
		read2(b[at:][:piece])
		if at += piece; at+piece > len(b) {
			at = 0
		}
	})
}
