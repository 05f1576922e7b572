"""PyTorch's side of the bench: reads one JSON request a line, answers one JSON line.

create  {"op", "operation", "threads", "batch", ..., "coarseFile", "fineFile", "weightFile", "outputFile"}
run     {"op", "clock"}: milliseconds of one run, by wall or cpu time
output  {"op"}: writes the last result into outputFile
close   {"op"}: drops the problem
Tensors are raw little-endian float32 files, in PyTorch's order.
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
    torch.set_num_threads(r["threads"])
    coarse_shape = [r["batch"], r["coarseChannels"]] + r["coarse"]
    fine_shape = [r["batch"], r["fineChannels"]] + r["fine"]
    weight_shape = [r["coarseChannels"], r["fineChannels"] // r["groups"]] + r["kernel"]
    rank, groups = len(r["coarse"]), r["groups"]
    stride, padding, extra, dilation = r["stride"], r["padding"], r["outputPadding"], r["dilation"]
    operation = r["operation"]
    functional = torch.nn.functional
    if operation == "forward":
        x, w = load(torch, r["coarseFile"], coarse_shape), load(torch, r["weightFile"], weight_shape)
        transpose = [functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d][rank - 1]
        return lambda: transpose(x, w, None, stride, padding, extra, groups, dilation)
    if operation == "convolution":
        x, w = load(torch, r["fineFile"], fine_shape), load(torch, r["weightFile"], weight_shape)
        convolve = [functional.conv1d, functional.conv2d, functional.conv3d][rank - 1]
        return lambda: convolve(x, w, None, stride, padding, dilation, groups)
    backward = torch.ops.aten.convolution_backward
    dy = load(torch, r["fineFile"], fine_shape)
    if operation == "input-gradient":
        x, w, mask, index = torch.zeros(coarse_shape), load(torch, r["weightFile"], weight_shape), [True, False, False], 0
    else:
        x, w, mask, index = load(torch, r["coarseFile"], coarse_shape), torch.zeros(weight_shape), [False, True, False], 1
    return lambda: backward(dy, x, w, None, stride, padding, dilation, True, extra, groups, mask)[index]


def main():
    try:
        import torch
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    print(json.dumps({"version": torch.__version__}), flush=True)
    run = result = request = None
    with torch.no_grad():
        for line in sys.stdin:
            message = json.loads(line)
            try:
                if message["op"] == "create":
                    request = message
                    run = prepare(torch, request)
                    answer = {}
                elif message["op"] == "run":
                    now = time.process_time if message["clock"] == "cpu" else time.perf_counter
                    start = now()
                    result = run()
                    answer = {"milliseconds": (now() - start) * 1e3}
                elif message["op"] == "output":
                    target = torch.from_file(request["outputFile"], shared=True, size=result.numel(), dtype=torch.float32)
                    target.copy_(result.reshape(-1))
                    answer = {}
                else:
                    run = result = request = None
                    answer = {}
            except RuntimeError as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


main()
