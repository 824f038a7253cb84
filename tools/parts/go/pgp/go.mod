module consul-terminating-gateway/tools/parts/go/pgp

go 1.24.0

require (
	github.com/ProtonMail/go-crypto v1.3.0
	github.com/hashicorp/terraform-plugin-sdk v1.17.2
)

require (
	github.com/agl/ed25519 v0.0.0-20170116200512-5312a6153412 // indirect
	github.com/cloudflare/circl v1.6.0 // indirect
	github.com/golang/snappy v0.0.1 // indirect
	github.com/hashicorp/errwrap v1.0.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/keybase/go-crypto v0.0.0-20161004153544-93f5b35093ba // indirect
	github.com/pierrec/lz4 v2.0.5+incompatible // indirect
	golang.org/x/crypto v0.33.0 // indirect
	golang.org/x/sys v0.30.0 // indirect
)
