using Upstride.Imaging;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Training;
using Upstride.Learning.Randomness;

// Teaches a small FSRCNN to enlarge by two, on pictures that it draws itself, and enlarges a picture with it.
//   SuperResolution <picture> <larger.png> [steps]
if (args is not [var source, var target, .. var rest] || rest.Length > 1) return Usage();
int steps = rest is [var text] && int.TryParse(text, out int given) ? given : 600;

// 1. Pictures: dead leaves have edges and textures of every size. The last twentieth is held out.
TrainingPictures pictures = TrainingPictures.Synthetic(count: 40, seed: 1);

// 2. A network: 8 features, shrunk to 4, one mapping layer. Its last layer is a transposed convolution of stride 2.
var network = new FsrcnnNetwork(new FsrcnnSettings(Scale: 2, Features: 8, Shrunk: 4, Mappings: 1), new RandomSource(seed: 1));

// 3. Training, by Adam on patches of 16x16: the same bits for the same seed.
var recipe = new TrainingSettings { Steps = steps, Patch = 16, PointEvery = Math.Max(1, steps / 4) };
PatchSet patches = PatchSet.Create(pictures.Training, network.Settings.Scale, recipe.Patch);
using var trainer = new UpscalingTrainer(network, patches, pictures.Validation, recipe);
trainer.Run();
foreach (TrainingPoint point in trainer.Points) Console.WriteLine($"step {point.Step}: {point.Psnr:F2} dB on pictures held out");

// 4. Use: bicubic interpolation beside it, as the papers judge, and the picture itself.
double bicubic = pictures.Validation.Average(plane => UpscalingEvaluation.Judge(new BicubicUpscaler(2), plane).Psnr);
Console.WriteLine($"bicubic interpolation: {bicubic:F2} dB");
ImageBuffer larger = new PictureUpscaler(PlaneNetwork.Of(network)).Upscale(ImageFile.Read(source));
ImageFile.Write(target, larger);
Console.WriteLine($"{target}: {larger.Width}x{larger.Height}");
return 0;

static int Usage()
{
    Console.Error.WriteLine("SuperResolution <picture> <larger.png> [steps]");
    return 2;
}
