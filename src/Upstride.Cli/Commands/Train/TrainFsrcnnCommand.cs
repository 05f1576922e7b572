using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Train;

/// <summary><c>upstride train fsrcnn</c>: pictures in, the weights of an FSRCNN out.</summary>
internal sealed class TrainFsrcnnCommand(Report report) : TrainNetworkCommand(
    "fsrcnn",
    "Trains an FSRCNN to enlarge luma, on the pictures of a folder or on synthetic ones, by Adam with a warm-up and a cosine. A "
        + "checkpoint is written every minute and at Ctrl-C, and --resume goes on from there.",
    new TrainFsrcnnOptions(), report,
    new Example("train fsrcnn --images photos --scale 3 --minutes 0.05 -o x3.safetensors",
        "On your own pictures; give it 60 minutes instead to learn well."),
    new Example("train fsrcnn --synthetic 4 --scale 2 --size 8x4x1 --steps 20 --seed 7 -o x2.safetensors",
        "On pictures that it draws itself; the same bits each time."));
