namespace Upstride.Testing;

/// <summary>Finds the data that is not ours: UPSTRIDE_SHARED, else the folder "shared" beside the checkout.</summary>
public static class SharedData
{
    /// <summary>The full path of a file or folder of the shared data; skips the test, saying why, where there is none.
    /// Where UPSTRIDE_SHARED_REQUIRED is set (continuous integration), missing data is a failure.</summary>
    public static string Path(params string[] parts)
    {
        string path = System.IO.Path.Combine([Root, .. parts]);
        if (System.IO.Path.Exists(path)) return path;
        string reason = $"needs {string.Join('/', parts)} of the shared data, not found under {Root}: set UPSTRIDE_SHARED to the folder that holds it";
        if (Environment.GetEnvironmentVariable("UPSTRIDE_SHARED_REQUIRED") is { Length: > 0 }) Assert.Fail(reason);
        Assert.Skip(reason);
        return path;
    }

    /// <summary>The full path of a file or folder of the shared data; null where there is none.</summary>
    public static string? Find(params string[] parts) => System.IO.Path.Combine([Root, .. parts]) is var path && System.IO.Path.Exists(path) ? path : null;

    /// <summary>The checkout's root folder.</summary>
    public static string Checkout { get; } = FindCheckout();

    private static string Root { get; } =
        Environment.GetEnvironmentVariable("UPSTRIDE_SHARED") is { Length: > 0 } chosen
            ? chosen
            : System.IO.Path.GetFullPath(System.IO.Path.Combine(Checkout, "..", "shared"));

    // Deterministic builds rewrite source paths, so the checkout is found from where the tests run.
    private static string FindCheckout()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Upstride.slnx"))) return folder.FullName;
        return AppContext.BaseDirectory;
    }
}
