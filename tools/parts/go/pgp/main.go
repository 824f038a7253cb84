// PGP for tests. It encrypts by the very code of the Consul provider for Terraform, and makes and opens keys by another library.
//
// Usage: pgp generate rsa|ecc          two lines: the public and the private key, binary in base64
//        pgp encrypt <public key>      standard input, encrypted; base64
//        pgp decrypt <private key>     standard input, base64, decrypted
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/hashicorp/terraform-plugin-sdk/helper/encryption"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: pgp generate|encrypt|decrypt <argument>")
	}
	run := map[string]func(string) error{"generate": generate, "encrypt": encrypt, "decrypt": decrypt}[os.Args[1]]
	if run == nil {
		log.Fatalf("unknown command %s", os.Args[1])
	}
	if err := run(os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func generate(kind string) error {
	config := &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 2048}
	if kind == "ecc" {
		config = &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519}
	}
	entity, err := openpgp.NewEntity("test", "", "test@example.com", config)
	if err != nil {
		return err
	}
	var public, private bytes.Buffer
	if err := entity.SerializePrivate(&private, config); err != nil {
		return err
	}
	if err := entity.Serialize(&public); err != nil {
		return err
	}
	for _, each := range [][]byte{public.Bytes(), private.Bytes()} {
		fmt.Println(base64.StdEncoding.EncodeToString(each))
	}
	return nil
}

func encrypt(key string) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	retrieved, err := encryption.RetrieveGPGKey(key)
	if err != nil {
		return err
	}
	_, encrypted, err := encryption.EncryptValue(retrieved, string(text), "ACL Token secret ID")
	if err != nil {
		return err
	}
	fmt.Println(encrypted)
	return nil
}

func decrypt(key string) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	encrypted, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return err
	}
	private, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return err
	}
	ring, err := openpgp.ReadKeyRing(bytes.NewReader(private))
	if err != nil {
		return err
	}
	message, err := openpgp.ReadMessage(bytes.NewReader(encrypted), ring, nil, nil)
	if err != nil {
		return err
	}
	plain, err := io.ReadAll(message.UnverifiedBody)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(plain)
	return err
}
