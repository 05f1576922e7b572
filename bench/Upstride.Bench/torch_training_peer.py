"""PyTorch's side of the training bench: reads one JSON request a line, answers one JSON line.

create  {"op", "threads", "scale", "batch", "patch", "batches", "rate", "layers": [{"name", "padding", "transposed"}],
         "parameters": [{"name", "shape", "file"}], "smallFile", "largeFile"}
step    {"op", "clock"}: milliseconds of one training step, by wall or cpu time, and the loss before it
close   {"op"}: drops the network
Tensors are raw little-endian float32 files.
"""
import json
import sys
import time


def load(torch, path, shape):
    length = 1
    for size in shape:
        length *= size
    return torch.from_file(path, shared=False, size=length, dtype=torch.float32).clone().reshape(shape)


def prepare(torch, r):
    """An endless sequence of training steps; each gives its loss."""
    torch.set_num_threads(r["threads"])
    functional = torch.nn.functional
    scale, patch, batch, batches = r["scale"], r["patch"], r["batch"], r["batches"]
    small = load(torch, r["smallFile"], [batches, batch, 1, patch, patch])
    large = load(torch, r["largeFile"], [batches, batch, 1, scale * patch, scale * patch])
    parameters = {p["name"]: load(torch, p["file"], p["shape"]).requires_grad_() for p in r["parameters"]}
    optimizer = torch.optim.Adam(parameters.values(), lr=r["rate"])

    def forward(x):
        for layer in r["layers"]:
            name, padding = layer["name"], layer["padding"]
            weight, bias = parameters[name + ".weight"], parameters[name + ".bias"]
            if layer["transposed"]:
                x = functional.conv_transpose2d(x, weight, bias, stride=scale, padding=padding, output_padding=scale - 1)
            else:
                x = functional.prelu(functional.conv2d(x, weight, bias, padding=padding), parameters[name + ".slope"])
        return x

    def steps():
        step = 0
        while True:
            loss = functional.mse_loss(forward(small[step % batches]), large[step % batches])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
            yield loss.item()

    return steps()


def main():
    try:
        import torch
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    print(json.dumps({"version": torch.__version__}), flush=True)
    steps = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if message["op"] == "create":
                steps = prepare(torch, message)
                answer = {}
            elif message["op"] == "step":
                now = time.process_time if message["clock"] == "cpu" else time.perf_counter
                start = now()
                loss = next(steps)
                answer = {"milliseconds": (now() - start) * 1e3, "loss": loss}
            else:
                steps = None
                answer = {}
        except RuntimeError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
