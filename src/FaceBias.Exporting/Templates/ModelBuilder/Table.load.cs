        /// <summary>
        /// Load an IDataView from a table of image paths and labels.
        /// </summary>
        /// <param name="mlContext"></param>
        /// <param name="file">Tab-separated, with a header: ImageSource, Label.</param>
        /// <returns></returns>
        public static IDataView LoadIDataView(MLContext mlContext, string file)
        {
            return mlContext.Data.LoadFromTextFile<ModelInput>(file, separatorChar: '\t', hasHeader: true, allowQuoting: true);
        }
