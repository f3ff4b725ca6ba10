//go:build !amd64

package peak

// FMA is the float32 operations a second; 0 stands for not measured.
func FMA() float64 { return 0 }

// VNNI is the byte operations a second; 0 stands for none.
func VNNI() float64 { return 0 }

// BF16 is the bf16 operations a second; 0 stands for none.
func BF16() float64 { return 0 }

// Read is the bytes a second of reading b; 0 stands for not measured.
func Read(b []byte) float64 { return 0 }
