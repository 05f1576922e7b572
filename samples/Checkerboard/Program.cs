using System.Globalization;
using Upstride.Imaging;
using Upstride.Samples.Checkerboard;

// Trains the same decoder with six ways of upsampling, equally long, and prints a table; docs/checkerboard.md shows its result.
//   Checkerboard <steps> <picture.png> [t10k-images-idx3-ubyte.gz]     without the file, on strokes drawn here
const int Shown = 8, Zoom = 2, HeldOut = 1000, DrawnOut = 64;
if (args is not [var count, var picture, .. var files] || files.Length > 1
    || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int steps) || steps < 1)
{
    Console.Error.WriteLine("Checkerboard <steps> <picture.png> [t10k-images-idx3-ubyte.gz]");
    return 2;
}
Digits digits = files is [var file] ? Digits.Read(file) : Digits.Draw(512);
int held = files.Length == 1 ? HeldOut : DrawnOut;
string Level(double? value) => value is { } one ? one.ToString("0.0", CultureInfo.InvariantCulture) : "none";
Console.WriteLine("| upsampling | PSNR (dB) | check, last layer (dB) | measured on grey (dB) |");
Console.WriteLine("|---|---|---|---|");
List<float[]> rows =
    [digits.Pixels[((digits.Count - held) * Digits.Size * Digits.Size)..((digits.Count - held + Shown) * Digits.Size * Digits.Size)], Experiment.Squares(digits, digits.Count - held, Shown)];
foreach (Upsampling way in Upsampling.All)
{
    Outcome outcome = Experiment.Run(way, digits, held, Shown, steps);
    Console.WriteLine(
        $"| {outcome.Name} | {outcome.Psnr.ToString("0.00", CultureInfo.InvariantCulture)} | {Level(outcome.ScoreDb)} | {Level(outcome.MeasuredDb)} |");
    rows.Add(outcome.Pictures);
}

// A row for the truth, one for the 7x7 means, and one for each way.
const int Cell = (Digits.Size + 2) * Zoom;
var image = new ImageBuffer(Shown * Cell, rows.Count * Cell, 1);
for (int y = 0; y < image.Height; y++)
{
    for (int x = 0; x < image.Width; x++)
    {
        int row = y / Cell, column = x / Cell, py = y % Cell / Zoom - 1, px = x % Cell / Zoom - 1;
        bool inside = py >= 0 && py < Digits.Size && px >= 0 && px < Digits.Size;
        image.Row(y)[x] = inside ? (byte)Math.Round(255 * Math.Clamp(rows[row][(column * Digits.Size + py) * Digits.Size + px], 0, 1))
            : (byte)128;
    }
}
ImageFile.Write(picture, image);
return 0;
