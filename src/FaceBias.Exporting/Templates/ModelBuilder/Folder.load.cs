        /// <summary>
        /// Load an IDataView from a folder of images, one folder per label.
        /// </summary>
        /// <param name="mlContext"></param>
        /// <param name="folder">The folder.</param>
        /// <returns></returns>
        public static IDataView LoadIDataView(MLContext mlContext, string folder)
        {
            var images = from label in Labels
                         let inner = Path.Combine(folder, label)
                         where Directory.Exists(inner)
                         from file in Directory.EnumerateFiles(inner).OrderBy(f => f, StringComparer.Ordinal)
                         where Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                         select new ModelInput { ImageSource = file, Label = label };
            return mlContext.Data.LoadFromEnumerable(images.ToList());
        }

        private static readonly string[] Extensions = { ".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp" };
