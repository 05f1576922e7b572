using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Train;

/// <summary><c>upstride train sr</c>: pictures in, the weights of a network for super-resolution out.</summary>
internal sealed class TrainSrCommand(Report report) : TrainNetworkCommand(
    "sr",
    "Trains a network for super-resolution, of an architecture of your choice, on the pictures of folders or on synthetic ones, by Adam "
        + "with a warm-up and a cosine. A checkpoint is written every minute and at Ctrl-C, and --resume goes on from there.",
    new TrainSrOptions(), report,
    new Example("train sr --images photos --scale 2 --minutes 0.05 -o best-x2.safetensors",
        "On your own pictures; give it 60 minutes instead to learn well."),
    new Example("train sr --architecture best --synthetic 4 --scale 2 --size 8x2 --steps 20 --seed 7 -o x2.safetensors",
        "A small network, on pictures that it draws itself; the same bits each time."));
