using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Generation;
using Upstride.Models.Runs;

// Teaches a DCGAN to make pictures like those of an idx file (handwritten digits) or of a folder, and makes 64 of them.
//   Generation <digits.gz | folder> <grid.png> [steps]
if (args is not [var source, var target, .. var rest] || rest.Length > 1)
{
    Console.Error.WriteLine("Generation <digits.gz | folder> <grid.png> [steps]");
    return 2;
}
int steps = rest is [var text] && int.TryParse(text, out int given) ? given : 500;

// 1. Pictures, in -1 to 1, 32x32.
PictureSet pictures = PictureSet.Read(source, size: 32, channels: 1);
Console.WriteLine($"{pictures.Count} pictures");

// 2. Two networks. The generator's transposed convolutions double 4x4 to 32x32; the discriminator's strided convolutions go back.
//    UpsamplingKind.ResizeConvolution instead would leave no checkerboards.
var sizes = new DcganSettings(Size: 32, Channels: 1, Features: 8, Upsampling: UpsamplingKind.Transposed);
var generator = new DcganGenerator<float>(sizes, new RandomSource(seed: 1));
var discriminator = new DcganDiscriminator<float>(sizes, new RandomSource(seed: 2));

// 3. Training: the discriminator learns to tell real pictures from made ones, the generator to be taken for real.
using var trainer = new DcganTrainer(generator, discriminator, pictures,
    new RunSettings { Steps = steps, Batch = 32, PointEvery = Math.Max(1, steps / 5) });
trainer.Run();
foreach (RunPoint point in trainer.Points)
    Console.WriteLine($"step {point.Step}: real pictures taken for real {point.Values[2]:P0}, made ones {point.Values[3]:P0}");

// 4. Use: what is written is an average of the last thousand steps' weights.
string weights = Path.ChangeExtension(target, ".safetensors");
trainer.Write(weights);
using var sampler = new DcganSampler(DcganFile.Read(weights));
float[] made = sampler.Make(seed: 3, first: 0, count: 64);
ImageFile.Write(target, PictureGrid.Create(made, sizes.Channels, sizes.Size, rows: 8, columns: 8));
Console.WriteLine($"64 pictures in {target}, the generator in {weights}");
return 0;
