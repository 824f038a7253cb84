// Reads a job as `nomad job run -json` takes it, and prints what Nomad has against it: fields that its API does not know, what
// a server's own validation says, and what the docker driver says of each task's configuration. Nothing printed: no mistake.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/drivers/docker"
	"github.com/hashicorp/nomad/helper/pluginutils/hclspecutils"
	"github.com/hashicorp/nomad/helper/pluginutils/hclutils"
	"github.com/hashicorp/nomad/nomad/structs"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	for _, each := range mistakes(text) {
		fmt.Println(each)
	}
}

func mistakes(text []byte) []error {
	var given struct{ Job *api.Job }
	if err := strict(text, &given); err != nil {
		return []error{err}
	}
	given.Job.Canonicalize()
	canonical, err := json.Marshal(given.Job)
	if err != nil {
		return []error{err}
	}
	// The API's jobs and the server's are written alike.
	var job structs.Job
	if err := json.Unmarshal(canonical, &job); err != nil {
		return []error{err}
	}
	job.Canonicalize()
	var found []error
	if err := job.Validate(); err != nil {
		found = append(found, err)
	}
	for _, group := range job.TaskGroups {
		for _, task := range group.Tasks {
			found = append(found, driverMistakes(task)...)
		}
	}
	return found
}

func strict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func driverMistakes(task *structs.Task) []error {
	driver := docker.NewDockerDriver(context.Background(), hclog.NewNullLogger())
	schema, err := driver.TaskConfigSchema()
	if err != nil {
		return []error{err}
	}
	spec, diagnostics := hclspecutils.Convert(schema)
	if diagnostics.HasErrors() {
		return []error{diagnostics}
	}
	_, diagnostics, errs := hclutils.ParseHclInterface(task.Config, spec, nil)
	if diagnostics.HasErrors() {
		return append(errs, diagnostics)
	}
	return errs
}
