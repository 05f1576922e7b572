using Upstride.Imaging;

// Writes and reads every format that is written here, and prints what came back: run as it is and compiled ahead of time, both must print
// the same.
var exif = new byte[] { (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 };
foreach (ImageFileFormat format in Enum.GetValues<ImageFileFormat>().Where(ImageFile.CanWrite))
{
    foreach (SampleType type in (SampleType[])[SampleType.UInt8, SampleType.UInt16, SampleType.Float32])
    {
        for (int channels = 1; channels <= 4; channels++)
        {
            var form = new PictureFormat(37, 23, channels, type);
            if (ImageWriter.Refusal(format, form) is not null || format == ImageFileFormat.Pbm) continue;
            ImageBuffer picture = Picture(form).With(new() { Exif = [.. exif], Density = PixelDensity.PerInch(300, 300) });
            ImageBuffer back = ImageFile.Decode(ImageFile.Encode(picture, format, new() { Lossless = true }));
            Console.WriteLine($"{format} {form}: {back.Format}, {Sum(back):x16}, EXIF {back.Metadata.Exif.Length}, "
                + $"{back.Metadata.Density?.X:0}");
        }
    }
}
foreach (ImageFileFormat format in (ImageFileFormat[])[ImageFileFormat.Gif, ImageFileFormat.Png])
{
    using var file = new MemoryStream();
    var form = new PictureFormat(20, 10, 4, SampleType.UInt8);
    using (var writer = new ImageWriter(file, format, form, animation: new(3, 0)))
    {
        for (int frame = 0; frame < 3; frame++)
        {
            writer.StartFrame(TimeSpan.FromSeconds(1));
            for (int y = 0; y < 10; y++) writer.WriteRow(Picture(form).Row((y + frame) % 10));
        }
    }
    file.Position = 0;
    using ImageReader reader = ImageReader.Open(file, "animation");
    Console.WriteLine($"{format}, {reader.Animation.Frames} frames: {reader.NextFrame() && reader.NextFrame()}, "
        + $"{Sum(reader.ReadFrame()):x16}");
}
foreach (string path in args)
{
    ImageBuffer read = ImageFile.Read(path, new() { AllowFfmpeg = false });
    Console.WriteLine($"{Path.GetFileName(path)}: {read.Format}, {Sum(read):x16}");
}

static ImageBuffer Picture(PictureFormat form)
{
    var planes = new float[form.Channels * form.Pixels];
    for (int i = 0; i < planes.Length; i++) planes[i] = i % form.Width / (float)form.Width * 0.7f + i / form.Width % 5 * 0.06f;
    return ImageBuffer.FromPlanes(planes, form.Width, form.Height, form.Channels, form.SampleType);
}

// FNV-1a.
static ulong Sum(ImageBuffer image)
{
    ulong sum = 14695981039346656037;
    foreach (byte value in image.Bytes) sum = (sum ^ value) * 1099511628211;
    return sum;
}
