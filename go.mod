module plexus

go 1.26
