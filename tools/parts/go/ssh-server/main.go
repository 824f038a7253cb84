// An SSH server for tests: on a port of the loopback interface, for one host key and one client key, it runs what its client
// asks for by `sh -c`, with its own environment. It prints "listening" when it does.
//
// Usage: ssh-server <port> <host key file> <file of the client's public key>
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"

	"golang.org/x/crypto/ssh"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: ssh-server <port> <host key file> <file of the client's public key>")
	}
	config, err := configOf(os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening")
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn, config)
	}
}

func configOf(hostKeyFile, clientKeyFile string) (*ssh.ServerConfig, error) {
	hostKey, err := os.ReadFile(hostKeyFile)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(hostKey)
	if err != nil {
		return nil, err
	}
	clientKey, err := os.ReadFile(clientKeyFile)
	if err != nil {
		return nil, err
	}
	allowed, _, _, _, err := ssh.ParseAuthorizedKey(clientKey)
	if err != nil {
		return nil, err
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !bytes.Equal(key.Marshal(), allowed.Marshal()) {
				return nil, fmt.Errorf("unknown key")
			}
			fmt.Printf("login %s\n", meta.User())
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	return config, nil
}

func serve(conn net.Conn, config *ssh.ServerConfig) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for each := range channels {
		if each.ChannelType() != "session" {
			_ = each.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := each.Accept()
		if err == nil {
			go session(channel, requests)
		}
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for request := range requests {
		var command struct{ Text string }
		if request.Type != "exec" || ssh.Unmarshal(request.Payload, &command) != nil {
			_ = request.Reply(false, nil)
			continue
		}
		_ = request.Reply(true, nil)
		status := struct{ Code uint32 }{run(command.Text, channel)}
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(&status))
		return
	}
}

func run(command string, channel ssh.Channel) uint32 {
	child := exec.Command("sh", "-c", command)
	child.Stdout = channel
	child.Stderr = channel.Stderr()
	stdin, err := child.StdinPipe()
	if err != nil || child.Start() != nil {
		return 255
	}
	// Not the command's own matter: it may end without having read everything.
	go func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	}()
	if err := child.Wait(); err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			return uint32(exit.ExitCode())
		}
		return 255
	}
	return 0
}
