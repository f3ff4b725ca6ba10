module plexus/bench

go 1.26.0

ignore ./node_modules

replace plexus => ../

require (
	github.com/ebitengine/purego v0.10.0
	github.com/hybridgroup/yzma v1.27.0
	golang.org/x/text v0.42.0
	google.golang.org/protobuf v1.36.12
	plexus v0.0.0-00010101000000-000000000000
)

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/jupiterrider/ffi v0.7.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
