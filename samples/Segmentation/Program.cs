using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Segmentation;
using Upstride.Samples.Segmentation;

// Teaches a small U-Net to find discs and squares, on pictures that it draws itself, and marks those of a new one.
//   Segmentation <overlay.png> [steps]
if (args is not [var target, .. var rest] || rest.Length > 1)
{
    Console.Error.WriteLine("Segmentation <overlay.png> [steps]");
    return 2;
}
int steps = rest is [var text] && int.TryParse(text, out int given) ? given : 200;

// 1. Pictures and the class of each of their pixels. SegmentationSet.Read takes two folders instead.
LabelledPicture[] pictures = [.. Enumerable.Range(0, 24).Select(number => Shapes.Draw(96, 64, number))];
LabelledPicture[] held = [.. Enumerable.Range(100, 8).Select(number => Shapes.Draw(96, 64, number))];

// 2. A network: U-Net with a sixteenth of the published channels. Its transposed convolutions, 2x2 and stride 2, double each level.
var settings = new SegmentationSettings(SegmentationArchitecture.UNet, ["ground", "square", "disc"], Width: 1 / 16.0);
SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(settings, new RandomSource(seed: 1));

// 3. Training: every class counts alike, however few pixels it has; pictures are mirrored, scaled, cropped and recoloured.
using var trainer = new SegmentationTrainer(network, pictures, held, new SegmentationRunSettings
{
    Steps = steps, Batch = 4, LearningRate = 1e-2, PointEvery = Math.Max(1, steps / 4),
    Augmentation = new() { Width = 64, Height = 48 },
});
trainer.Run();
foreach (var point in trainer.Points)
    Console.WriteLine($"step {point.Step}: loss {point.Values[0]:F3}, mean IoU of pictures held out {point.Values[3]:P0}");

// 4. Use: the class of every pixel, of a picture of any size.
network.Eval();
using var segmenter = new Segmenter(network);
LabelledPicture one = held[0];
byte[] classes = segmenter.Segment(one.Colours, one.Width, one.Height);
ImageFile.Write(target, ClassPalette.Overlay(one.Colours, classes, one.Width, one.Height));
Console.WriteLine($"{target}: {one.Width}x{one.Height}");
return 0;
